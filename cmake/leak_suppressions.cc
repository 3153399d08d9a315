// Linked into every binary of a sanitizer build: leaks of third parties that are known and not ours.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libonnxruntime.so\n"; }
