// A test that writes into the folder of all tests.
const auto path = testing::TempDir() + "file.txt";
