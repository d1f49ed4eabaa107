# The build vocabulary: tusk_library, tusk_proto, tusk_test, tusk_fuzz, tusk_bench. Sources are listed, never globbed.

find_program(TUSK_CCACHE ccache)
if(TUSK_CCACHE)
  # Paths are hashed relative to the source folder, so that a second clone finds the first one's objects.
  set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${TUSK_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_C_COMPILER_LAUNCHER})
endif()
find_program(TUSK_MOLD mold)

find_package(Threads REQUIRED)
find_package(Protobuf REQUIRED)
find_package(GTest REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(pugixml REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)

# Warnings are errors in our own code; generated code is compiled without them.
add_library(tusk_flags INTERFACE)
target_include_directories(tusk_flags INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
target_compile_options(tusk_flags INTERFACE -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
target_link_libraries(tusk_flags INTERFACE Threads::Threads)
if(TUSK_MOLD)
  target_link_options(tusk_flags INTERFACE -fuse-ld=mold)
endif()
if(TUSK_SANITIZE)
  target_compile_options(tusk_flags INTERFACE -fsanitize=${TUSK_SANITIZE} -fno-omit-frame-pointer
                         -fno-sanitize-recover=all)
  target_link_options(tusk_flags INTERFACE -fsanitize=${TUSK_SANITIZE})
  if(TUSK_SANITIZE MATCHES "address")
    target_compile_options(tusk_flags INTERFACE -fsanitize=fuzzer-no-link)  # coverage, for tusk_fuzz
  endif()
endif()
add_library(tusk_warnings INTERFACE)
target_compile_options(tusk_warnings INTERFACE -Wall -Wextra -Wshadow -Werror)

# tusk_library(NAME SRCS a.cc b.cc DEPS x y): one static library. Without SRCS it is header-only.
function(tusk_library name)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS" ${ARGN})
  if(ARG_SRCS)
    add_library(${name} STATIC ${ARG_SRCS})
    target_link_libraries(${name} PUBLIC tusk_flags ${ARG_DEPS} PRIVATE tusk_warnings)
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE tusk_flags ${ARG_DEPS})
  endif()
endfunction()

# tusk_executable(NAME SRCS ... DEPS ...)
function(tusk_executable name)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SRCS})
  target_link_libraries(${name} PRIVATE tusk_flags tusk_warnings ${ARG_DEPS})
endfunction()

# tusk_test(NAME SRCS ... DEPS ... [LABELS unit|sim|itest|compat|bench] [TIMEOUT s] [ARGS ...]): a gtest program.
# DEPS gets base_testing (matchers and a gtest main) on its own; TUSK_GOLDEN_DIR is the folder tests/golden.
function(tusk_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SRCS;DEPS;LABELS;ARGS" ${ARGN})
  if(NOT ARG_SRCS)
    set(ARG_SRCS ${name}.cc)
  endif()
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 60)
  endif()
  add_executable(${name} ${ARG_SRCS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_link_libraries(${name} PRIVATE tusk_flags tusk_warnings ${ARG_DEPS} base_testing)
  target_compile_definitions(${name} PRIVATE TUSK_GOLDEN_DIR="${CMAKE_SOURCE_DIR}/tests/golden")
  add_test(NAME ${name} COMMAND ${name} ${ARG_ARGS})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT})
endfunction()

# tusk_fuzz(NAME SRCS ... DEPS ...): a libFuzzer target; ctest runs it for a few seconds. The decoder under test
# is compiled with the coverage instrumentation only in the sanitizer presets; elsewhere the run is a smoke test.
function(tusk_fuzz name)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SRCS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_link_libraries(${name} PRIVATE tusk_flags tusk_warnings ${ARG_DEPS})
  target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  add_test(NAME ${name} COMMAND ${name} -max_total_time=3 -rss_limit_mb=2048 -timeout=5)
  set_tests_properties(${name} PROPERTIES LABELS fuzz TIMEOUT 60)
endfunction()

# tusk_bench(NAME SRCS ... DEPS ...): built always, run only by hand (tests/bench/README.md).
function(tusk_bench name)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS" ${ARGN})
  tusk_executable(${name} SRCS ${ARG_SRCS} DEPS ${ARG_DEPS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
endfunction()

# tusk_proto(NAME PROTOS a.proto b.proto DEPS other_proto_lib [RPC]): messages (lite runtime), and with RPC also the
# typed services and clients that tools of base/codegen generate: a.rpc.h, a.rpc.cc beside a.pb.h.
# Paths in `import` are relative to the repository root.
function(tusk_proto name)
  cmake_parse_arguments(ARG "RPC" "" "PROTOS;DEPS" ${ARGN})
  set(generated ${CMAKE_BINARY_DIR}/generated)
  set(sources)
  foreach(proto ${ARG_PROTOS})
    cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR BASE_DIRECTORY ${CMAKE_SOURCE_DIR} OUTPUT_VARIABLE dir)
    string(REGEX REPLACE "\\.proto$" "" stem ${dir}/${proto})
    set(outputs ${generated}/${stem}.pb.h ${generated}/${stem}.pb.cc)
    set(plugin_args)
    set(plugin_deps)
    if(ARG_RPC)
      list(APPEND outputs ${generated}/${stem}.rpc.h ${generated}/${stem}.rpc.cc)
      set(plugin_args --plugin=protoc-gen-tuskrpc=$<TARGET_FILE:protoc-gen-tuskrpc> --tuskrpc_out=${generated})
      set(plugin_deps protoc-gen-tuskrpc)
    endif()
    add_custom_command(
      OUTPUT ${outputs}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${generated}
      COMMAND protobuf::protoc -I${CMAKE_SOURCE_DIR} --cpp_out=${generated} ${plugin_args}
              ${CMAKE_SOURCE_DIR}/${dir}/${proto}
      DEPENDS ${CMAKE_SOURCE_DIR}/${dir}/${proto} ${plugin_deps}
      VERBATIM)
    foreach(output ${outputs})
      if(output MATCHES "\\.cc$")
        list(APPEND sources ${output})
      endif()
    endforeach()
  endforeach()
  add_library(${name} STATIC ${sources})
  target_compile_options(${name} PRIVATE -w)
  target_link_libraries(${name} PUBLIC tusk_flags protobuf::libprotobuf-lite ${ARG_DEPS})
  if(ARG_RPC)
    target_link_libraries(${name} PUBLIC base_rpc_typed)  # interfaces; whoever makes a Client or Server links base_rpc
  endif()
endfunction()
