# cradle_web_asset(<output variable>): the report's chart script, bundled from web/src by the tools that
# `npm ci --ignore-scripts --prefix web` has put into web/node_modules. Empty with CRADLE_WITH_WEB=OFF: then the report
# has tables and no charts.
option(CRADLE_WITH_WEB "Build the report's charts (needs Node.js 18 or newer and web/node_modules)" ON)

function(cradle_web_asset output)
  set(${output} "" PARENT_SCOPE)
  if(NOT CRADLE_WITH_WEB)
    message(STATUS "CRADLE_WITH_WEB=OFF: report.html will have its tables and no charts")
    return()
  endif()
  find_program(CRADLE_NODE NAMES node nodejs)
  if(NOT CRADLE_NODE)
    message(FATAL_ERROR
      "The report's charts need Node.js 18 or newer, and there is no 'node' here. "
      "Either install it (Debian: apt-get install nodejs npm) or configure with -DCRADLE_WITH_WEB=OFF; "
      "then report.html has its tables and no charts.")
  endif()
  set(web "${PROJECT_SOURCE_DIR}/web")
  foreach(package esbuild echarts)
    if(NOT EXISTS "${web}/node_modules/${package}/package.json")
      message(FATAL_ERROR
        "The report's charts need the npm package '${package}', which is not in web/node_modules. "
        "Either run `make build`, which runs `npm ci --ignore-scripts --prefix web` first (or run that yourself), "
        "or configure with -DCRADLE_WITH_WEB=OFF; then report.html has its tables and no charts.")
    endif()
  endforeach()
  file(GLOB sources CONFIGURE_DEPENDS "${web}/src/*.ts")
  set(script "${CMAKE_CURRENT_BINARY_DIR}/report.js")
  add_custom_command(OUTPUT "${script}"
    COMMAND "${CRADLE_NODE}" "${web}/build.mjs" "${script}"
    DEPENDS ${sources} "${web}/build.mjs" "${web}/package-lock.json" "${web}/node_modules/echarts/package.json"
    COMMENT "Bundling the report's charts" VERBATIM)
  set(${output} "${script}" PARENT_SCOPE)
endfunction()
