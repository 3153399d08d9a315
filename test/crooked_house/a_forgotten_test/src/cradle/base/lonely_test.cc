// A test that no list names.
