# Run by ctest: the floor table of DESIGN as code. Each room may include itself, the rooms listed here, and the third
# parties listed for it; anything else fails with the file and the line.
#   cmake -DSOURCE=<repository> -P CheckLayers.cmake
cmake_minimum_required(VERSION 3.25)
set(rooms base catalog record graph task lca sensor meter forecast onnx compress estimate measure monitor study life scenario learn deploy recipe
    report campaign cli)

set(base_may "")
set(catalog_may base)
set(record_may base)
set(graph_may base)
set(task_may base)
set(lca_may base)
set(sensor_may record catalog base)
set(meter_may sensor record base)
set(forecast_may record base)
set(onnx_may graph base)
set(compress_may graph base)
set(estimate_may graph catalog base)
set(measure_may meter sensor forecast record base)
set(monitor_may meter sensor record base)
set(study_may base)
set(life_may study estimate lca catalog record base)
set(scenario_may life study lca catalog record base)
set(learn_may task compress graph record base)
set(deploy_may onnx task graph record base)
set(recipe_may measure life study estimate record catalog base)
set(report_may study record catalog base)
set(campaign_may recipe report scenario measure life study estimate record catalog base)
set(cli_may ${rooms})

# First path component or file of third-party headers, and the only rooms that may name them.
set(third_parties
  "fmt/=base" "nlohmann/=base" "toml\\+\\+/=base" "sha256\\.h=base" "CLI/=cli"
  "onnx/=onnx" "google/protobuf/=onnx" "Eigen/=compress" "torch/=learn" "ATen/=learn" "c10/=learn"
  "onnxruntime=deploy" "dnnl=deploy" "oneapi/=deploy" "omp\\.h=deploy" "duckdb=campaign" "prometheus/=monitor"
  "png\\.h=task" "jpeglib\\.h=task" "zlib\\.h=task")
# fmt is the ground's own tongue: base hands it to everyone.
set(everywhere "fmt/")

set(faults "")

# What no test may name but the one header made for it. A macro, so that it sees `file` and adds to `faults`.
macro(forbid_in_tests pattern but what)
  if(short MATCHES "_test\\.(cc|h)$" AND NOT short STREQUAL "${but}")
    file(STRINGS "${file}" found_lines REGEX "${pattern}")
    if(found_lines)
      list(APPEND faults "${short}: ${what}")
    endif()
  endif()
endmacro()

foreach(room IN LISTS rooms)
  file(GLOB files "${SOURCE}/src/cradle/${room}/*.h" "${SOURCE}/src/cradle/${room}/*.cc")
  set(room_list "")
  if(EXISTS "${SOURCE}/src/cradle/${room}/CMakeLists.txt")
    file(READ "${SOURCE}/src/cradle/${room}/CMakeLists.txt" room_list)
  endif()
  foreach(file IN LISTS files)
    file(STRINGS "${file}" lines REGEX "^[ \t]*#[ \t]*include")
    file(RELATIVE_PATH short "${SOURCE}" "${file}")
    foreach(line IN LISTS lines)
      if(line MATCHES "\"cradle/([a-z]+)/")
        set(other "${CMAKE_MATCH_1}")
        if(NOT other STREQUAL room AND NOT other IN_LIST ${room}_may)
          list(APPEND faults "${short}: room '${room}' may not include room '${other}': ${line}")
        endif()
      elseif(line MATCHES "\"" AND NOT line MATCHES "\"cradle/")
        list(APPEND faults "${short}: includes go by whole path, \"cradle/<room>/<file>.h\": ${line}")
      endif()
      foreach(entry IN LISTS third_parties)
        string(REGEX MATCH "^(.*)=([a-z]+)$" _ "${entry}")
        set(pattern "${CMAKE_MATCH_1}")
        set(owner "${CMAKE_MATCH_2}")
        if(line MATCHES "[<\"]${pattern}" AND NOT room STREQUAL owner AND NOT pattern IN_LIST everywhere)
          list(APPEND faults "${short}: only room '${owner}' may include ${line}")
        endif()
      endforeach()
    endforeach()
    # Tests run side by side: what one writes lies in its own process's folder.
    forbid_in_tests("TempDir|temp_directory_path" src/cradle/base/scratch_test.h
                    "a folder that other tests share; use base::scratch_folder()")
    # A test that leaves something out says so in the one way that fails in CI.
    forbid_in_tests("GTEST_SKIP" src/cradle/base/left_out_test.h "GTEST_SKIP; use base::left_out(), which fails in CI")
    # A test that nobody builds passes for ever.
    get_filename_component(name "${file}" NAME)
    if(name MATCHES "_test\\.cc$" AND NOT room_list MATCHES "[ (\n]${name}[ )\n]")
      list(APPEND faults "${short}: not named in the room's CMakeLists.txt, so it is never built")
    endif()
    # Sizes: a file that does not fit a sitting is split along its own seam.
    file(STRINGS "${file}" all_lines)
    list(LENGTH all_lines length)
    if(length GREATER 500)
      list(APPEND faults "${short}: ${length} lines, more than 500")
    endif()
  endforeach()
endforeach()

# The tests of whole programs likewise.
file(GLOB programs RELATIVE "${SOURCE}/test" "${SOURCE}/test/*_test.cc")
if(programs)
  file(READ "${SOURCE}/test/CMakeLists.txt" program_list)
  foreach(file IN LISTS programs)
    if(NOT program_list MATCHES "[ (\n]${file}[ )\n]")
      list(APPEND faults "test/${file}: not named in test/CMakeLists.txt, so it is never built")
    endif()
  endforeach()
endif()

# Every folder under src/cradle is a room of the table.
file(GLOB folders RELATIVE "${SOURCE}/src/cradle" "${SOURCE}/src/cradle/*")
foreach(folder IN LISTS folders)
  if(IS_DIRECTORY "${SOURCE}/src/cradle/${folder}" AND NOT folder IN_LIST rooms)
    list(APPEND faults "src/cradle/${folder}: no such room in the floor table")
  endif()
endforeach()

if(faults)
  list(JOIN faults "\n  " text)
  message(FATAL_ERROR "the house is crooked:\n  ${text}")
endif()
message(STATUS "every include falls, and every third party is in its room")
