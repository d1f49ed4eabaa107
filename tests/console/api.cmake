# The console's API against a live cluster: the table of docs/console.md walked, attacks, the OpenAPI file.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
foreach(name walk_table yarn_walk_test attack_test)
  add_test(NAME console_${name} COMMAND Python3::Interpreter -B ${CMAKE_CURRENT_LIST_DIR}/${name}.py $<TARGET_FILE:tusk>)
  set_tests_properties(console_${name} PROPERTIES LABELS compat TIMEOUT 300)
endforeach()
add_test(NAME console_openapi_test COMMAND ${CMAKE_CURRENT_LIST_DIR}/openapi_test.sh $<TARGET_FILE:tusk>)
set_tests_properties(console_openapi_test PROPERTIES LABELS compat TIMEOUT 400 SKIP_RETURN_CODE 77)
# The page on a real cluster: each action clicked, its effect asked of the command line.
add_test(NAME console_cluster_test COMMAND ${CMAKE_CURRENT_LIST_DIR}/page_test.sh $<TARGET_FILE:tusk>)
set_tests_properties(console_cluster_test PROPERTIES LABELS compat TIMEOUT 400 SKIP_RETURN_CODE 77)
