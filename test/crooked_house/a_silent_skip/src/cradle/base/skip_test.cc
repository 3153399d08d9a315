// A test that skips by itself.
TEST(A, B) { GTEST_SKIP(); }
