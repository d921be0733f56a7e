# The manual pages: in step with the header, well formed, complete where they are installed; their examples run.
if(NBMAP_SANITIZE OR CMAKE_CROSSCOMPILING)
	return()
endif()

set(man ${PROJECT_SOURCE_DIR}/doc/man)
file(GLOB man_examples CONFIGURE_DEPENDS ${man}/examples/*.c)
set(man_list "")
foreach(example IN LISTS man_examples)
	get_filename_component(name ${example} NAME_WE)
	string(APPEND man_list "EXAMPLE(${name})\n")
endforeach()
file(CONFIGURE OUTPUT man/examples.h CONTENT "@man_list@" @ONLY)
nbmap_test(man_test SOURCES unit/man_test.c ${man_examples} SUPPORT run LABELS unit)
target_include_directories(man_test PRIVATE ${man}/examples ${CMAKE_CURRENT_BINARY_DIR}/man)

find_program(PERL perl)
find_program(MANDOC mandoc)
if(PERL AND MANDOC)
	add_test(NAME man COMMAND ${support}/man.sh ${PERL} ${MANDOC} ${NM} ${CMAKE_C_COMPILER} ${CMAKE_COMMAND}
		${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR} $<TARGET_FILE:nbmap>)
	set_tests_properties(man PROPERTIES LABELS package)
endif()
