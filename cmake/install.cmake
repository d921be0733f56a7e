# What is installed, by component, so that packages can be cut from it:
#   lib    the shared library
#   dev    headers, the static library, and what CMake and pkg-config read
#   doc    the manual and other pages
#   tools  programs
# The target `uninstall` takes away again what was installed from this build folder.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/nbmap)

# ---- lib and dev: the libraries ---------------------------------------------

file(GLOB headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/*.h ${PROJECT_SOURCE_DIR}/include/*.hpp)
install(FILES ${headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT dev)
# Two sets: only the static library needs liburcu's development files.
if(NBMAP_SHARED)
	install(TARGETS nbmap EXPORT nbmap-targets
		LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT lib NAMELINK_COMPONENT dev
		INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
	install(EXPORT nbmap-targets NAMESPACE nbmap:: DESTINATION ${config_dir} COMPONENT dev)
endif()
if(NBMAP_STATIC)
	install(TARGETS nbmap_static EXPORT nbmap-static-targets
		ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev
		INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
	install(EXPORT nbmap-static-targets NAMESPACE nbmap:: DESTINATION ${config_dir} COMPONENT dev)
endif()

# ---- dev: how others find them ----------------------------------------------

configure_package_config_file(cmake/nbmap-config.cmake.in nbmap-config.cmake INSTALL_DESTINATION ${config_dir}
	NO_SET_AND_CHECK_MACRO)
# As the soname has it.
write_basic_package_version_file(nbmap-config-version.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${PROJECT_BINARY_DIR}/nbmap-config.cmake ${PROJECT_BINARY_DIR}/nbmap-config-version.cmake
	DESTINATION ${config_dir} COMPONENT dev)

# Written when it is installed, because the prefix is only known then.  Spaces in it are escaped, as pkg-config wants.
string(REPLACE ";" ", " liburcu_requires "${liburcu_modules}")
set(pc_requires Requires.private)
if(NOT NBMAP_SHARED)
	set(pc_requires Requires)
endif()
cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_LIBDIR BASE_DIRECTORY "\${prefix}" OUTPUT_VARIABLE pc_libdir)
cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_INCLUDEDIR BASE_DIRECTORY "\${prefix}" OUTPUT_VARIABLE pc_includedir)
set(prefix_placeholder "@prefix@") # for the second round
configure_file(cmake/nbmap.pc.in nbmap.pc.in @ONLY)
install(CODE "
	string(REPLACE \" \" \"\\\\ \" prefix \"\${CMAKE_INSTALL_PREFIX}\")
	configure_file(\"${PROJECT_BINARY_DIR}/nbmap.pc.in\" \"${PROJECT_BINARY_DIR}/nbmap.pc\" @ONLY)
" COMPONENT dev)
install(FILES ${PROJECT_BINARY_DIR}/nbmap.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)

# ---- doc --------------------------------------------------------------------

add_subdirectory(doc/man)
install(FILES README.md LICENSE CHANGELOG.md SECURITY.md CONTRIBUTING.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT doc)
# Where the README leads to.
install(DIRECTORY doc/guide DESTINATION ${CMAKE_INSTALL_DOCDIR}/doc COMPONENT doc)
install(FILES doc/ABI.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/doc COMPONENT doc)

# ---- tools ------------------------------------------------------------------

# For the shared library alone: gdb finds the script by its name.
if(NBMAP_SHARED)
	add_subdirectory(gdb)
endif()
foreach(tool nbmap-wordcount nbmap-bench)
	if(TARGET ${tool})
		install(TARGETS ${tool} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT tools)
	endif()
endforeach()

# ---- uninstall --------------------------------------------------------------

if(PROJECT_IS_TOP_LEVEL)
	add_custom_target(uninstall
		COMMAND ${CMAKE_COMMAND} -DBUILD=${PROJECT_BINARY_DIR} -P ${PROJECT_SOURCE_DIR}/cmake/uninstall.cmake
		VERBATIM
	)
endif()
