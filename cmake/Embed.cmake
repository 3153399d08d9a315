# cradle_embed(<target> <namespace> FILES <file>...): compiles files into <target> as
#   namespace <namespace> { const std::vector<EmbeddedFile>& embedded_files(); }
# declared in cradle/base/embedded.h; by .incbin, so that a megabyte costs no compile time.
function(cradle_embed target namespace)
  cmake_parse_arguments(E "" "" "FILES" ${ARGN})
  set(source "${CMAKE_CURRENT_BINARY_DIR}/embedded_${target}.cc")
  set(symbols "")
  set(rows "")
  set(index 0)
  foreach(file IN LISTS E_FILES)
    get_filename_component(name "${file}" NAME)
    set(symbol "cradle_embed_${target}_${index}")
    string(APPEND symbols
      "__asm__(\".section .rodata\\n.global ${symbol}_begin\\n.global ${symbol}_end\\n"
      "${symbol}_begin:\\n.incbin \\\"${file}\\\"\\n${symbol}_end:\\n.byte 0\\n.previous\\n\");\n"
      "extern \"C\" const char ${symbol}_begin[];\nextern \"C\" const char ${symbol}_end[];\n")
    string(APPEND rows
      "    {\"${name}\", {${symbol}_begin, static_cast<std::size_t>(${symbol}_end - ${symbol}_begin)}},\n")
    math(EXPR index "${index} + 1")
  endforeach()
  file(CONFIGURE OUTPUT "${source}" CONTENT
"// Written by cmake/Embed.cmake.
#include \"cradle/base/embedded.h\"
${symbols}
namespace ${namespace} {
const std::vector<cradle::base::EmbeddedFile>& embedded_files() {
  static const std::vector<cradle::base::EmbeddedFile> files = {
${rows}  };
  return files;
}
}  // namespace ${namespace}
" @ONLY)
  set_source_files_properties("${source}" PROPERTIES OBJECT_DEPENDS "${E_FILES}")
  target_sources(${target} PRIVATE "${source}")
endfunction()
