// madvise on every segment that cannot be written.
#include "cradle/measure/memory.h"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace cradle::measure {
namespace {

int give_back(dl_phdr_info* object, std::size_t, void*) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    // What can be written holds relocations and data of this process: those pages are not in any file.
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W)) continue;
    const std::uintptr_t begin = (object->dlpi_addr + segment.p_vaddr) & ~(page - 1);
    const std::uintptr_t end = object->dlpi_addr + segment.p_vaddr + segment.p_memsz;
    ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

void give_back_pages() { ::dl_iterate_phdr(give_back, nullptr); }

void give_back_program_pages() {
  ::dl_iterate_phdr([](dl_phdr_info* object, std::size_t size, void*) { return give_back(object, size, nullptr), 1; },
                    nullptr);  // the program comes first, and 1 ends the list
}

}  // namespace cradle::measure
