# flowgauge_library(NAME [SOURCES ...] [HEADERS ...] [LINK ...] [PRIVATE_LINK ...])
#
# One static library a folder: target flowgauge_NAME, alias flowgauge::NAME, includes from the
# repository root, each public header compiled alone so that none leans on its includer.
# LINK names flowgauge:: libraries and whatever public headers need; PRIVATE_LINK names third-party
# libraries that only sources see.
function(flowgauge_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;HEADERS;LINK;PRIVATE_LINK" ${ARGN})
  set(target flowgauge_${name})
  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES})
    set(scope PUBLIC)
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(flowgauge::${name} ALIAS ${target})
  target_sources(${target} ${scope}
    FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${arg_HEADERS})
  target_include_directories(${target} ${scope} ${PROJECT_SOURCE_DIR})
  target_link_libraries(${target} ${scope} flowgauge::options ${arg_LINK})
  if(arg_PRIVATE_LINK)
    target_link_libraries(${target} PRIVATE ${arg_PRIVATE_LINK})
  endif()
  set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
endfunction()
