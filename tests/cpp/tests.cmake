# The C++ header: what it does, what it costs, under which compilers, and what it does not let through.

set(cpp ${CMAKE_CURRENT_SOURCE_DIR}/cpp)
set(cpp_warnings -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor
	-Wcast-qual -Wcast-align -Wundef -Wzero-as-null-pointer-constant -Wextra-semi -Wredundant-decls)

nbmap_test(cpp_test SOURCES unit/cpp_test.cpp SUPPORT run LABELS unit tsan)
nbmap_test(cpp_tiny_test SOURCES unit/cpp_test.cpp SUPPORT run LIBRARY nbmap_tiny LABELS unit tsan)
foreach(name cpp_test cpp_tiny_test)
	set_target_properties(${name} PROPERTIES CXX_STANDARD 17 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF)
	# Optional values that are not there are copied all the same.
	target_compile_options(${name} PRIVATE
		"$<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wpedantic;-Wno-maybe-uninitialized>")
endforeach()

# Each call once, without exceptions and RTTI.
add_executable(cpp_calls cpp/calls.cpp)
target_compile_options(cpp_calls PRIVATE ${cpp_warnings} -Werror -fno-exceptions -fno-rtti)
set_target_properties(cpp_calls PROPERTIES CXX_STANDARD 17 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF)
target_link_libraries(cpp_calls PRIVATE nbmap_static)
add_test(NAME hpp.calls COMMAND cpp_calls)
set_tests_properties(hpp.calls PROPERTIES LABELS "header;tsan" ENVIRONMENT "${checked_environment}")
nbmap_valgrind(hpp.calls $<TARGET_FILE:cpp_calls>)

# What follows is the same in every build: once is enough.
if(NOT NBMAP_SANITIZE AND NOT CMAKE_CROSSCOMPILING)
	set(compilers ${CMAKE_CXX_COMPILER})
	foreach(name g++ clang++)
		find_program(cpp_with_${name} ${name})
		if(cpp_with_${name})
			list(APPEND compilers ${cpp_with_${name}})
		endif()
	endforeach()
	foreach(compiler IN LISTS compilers)
		# By what it is, not by its name: c++ is one of the others.
		execute_process(COMMAND ${compiler} --version OUTPUT_VARIABLE version ERROR_QUIET)
		if(version MATCHES clang)
			set(kind clang++)
			set(own_warnings -Wshadow -Wcomma -Wconditional-uninitialized -Wdeprecated -Wdocumentation
				-Wexit-time-destructors -Wextra-semi-stmt -Wglobal-constructors -Wheader-hygiene
				-Wmissing-noreturn -Wmissing-prototypes -Wmissing-variable-declarations
				-Wrange-loop-analysis -Wundefined-reinterpret-cast -Wunreachable-code-aggressive
				-Wunused-member-function -Wunused-template -Wweak-vtables)
		else()
			set(kind g++)
			set(own_warnings -Wuseless-cast -Wduplicated-cond -Wlogical-op)
		endif()
		if(TEST hpp.${kind}.17)
			continue()
		endif()
		foreach(standard 17 20 2b)
			add_test(NAME hpp.${kind}.${standard} COMMAND ${compiler} -std=c++${standard} ${cpp_warnings}
				${own_warnings} -Werror -fsyntax-only -I${PROJECT_SOURCE_DIR}/include ${cpp}/calls.cpp)
			set_tests_properties(hpp.${kind}.${standard} PROPERTIES LABELS header)
		endforeach()
		add_test(NAME hpp.${kind}.refused COMMAND ${cpp}/refused.sh ${compiler} ${PROJECT_SOURCE_DIR}/include
			${cpp}/refused.cpp)
		set_tests_properties(hpp.${kind}.refused PROPERTIES LABELS header)
	endforeach()

	# Two compilers of one family, which optimize alike.
	if(VALGRIND AND CMAKE_C_COMPILER_ID STREQUAL CMAKE_CXX_COMPILER_ID)
		add_executable(cpp_cost cpp/cost.c cpp/cost.cpp cpp/cost_objects.c)
		target_compile_options(cpp_cost PRIVATE -O2 -DNDEBUG)
		set_target_properties(cpp_cost PROPERTIES CXX_STANDARD 17 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF)
		target_link_libraries(cpp_cost PRIVATE nbmap) # shared: its instructions are told from the program's
		add_test(NAME hpp.cost COMMAND ${cpp}/cost.sh ${VALGRIND} $<TARGET_FILE:cpp_cost>)
		set_tests_properties(hpp.cost PROPERTIES LABELS header)
	endif()
endif()
