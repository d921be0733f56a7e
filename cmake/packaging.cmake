# What cpack makes of a build: an archive, and packages for dpkg and rpm, one for each component of install.cmake.
# `cpack --config CPackSourceConfig.cmake` makes an archive of the sources.  These are for a machine or two of one's
# own; a distribution's packages are made by its tools, Debian's from debian/.

set(CPACK_PACKAGE_CONTACT "The nbmap maintainers")
if(EXISTS ${PROJECT_SOURCE_DIR}/debian/control)
	file(STRINGS debian/control maintainer REGEX "^Maintainer: " LIMIT_COUNT 1)
	string(REPLACE "Maintainer: " "" CPACK_PACKAGE_CONTACT "${maintainer}")
endif()
set(CPACK_PACKAGE_VENDOR nbmap)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGE_DESCRIPTION_FILE ${PROJECT_SOURCE_DIR}/README.md)
set(CPACK_RESOURCE_FILE_README ${PROJECT_SOURCE_DIR}/README.md)
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_PACKAGE_CHECKSUM SHA256)
set(CPACK_STRIP_FILES ON)
set(CPACK_THREADS 0)

set(lib_description "Shared library")
set(dev_description "Headers, the static library, and what CMake and pkg-config read")
set(doc_description "Manual and guide")
set(tools_description "nbmap-wordcount and nbmap-bench")
foreach(component lib dev doc tools)
	string(TOUPPER ${component} name)
	set(CPACK_COMPONENT_${name}_DESCRIPTION "${${component}_description}")
endforeach()

# ---- Archives ---------------------------------------------------------------

set(CPACK_GENERATOR TGZ)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/relocatable.cmake)
set(CPACK_SOURCE_GENERATOR TGZ)
set(CPACK_SOURCE_PACKAGE_FILE_NAME nbmap-${PROJECT_VERSION})
# Paths are regular expressions there.
string(REGEX REPLACE "([][+.*?()|^$\\\\])" "\\\\\\1" source ${PROJECT_SOURCE_DIR})
string(REGEX REPLACE "([][+.*?()|^$\\\\])" "\\\\\\1" binary ${PROJECT_BINARY_DIR})
set(CPACK_SOURCE_IGNORE_FILES ^${source}/build/ ^${source}/\\.git/ ^${binary}/ \\.o$ \\.swp$ ~$)

# ---- deb: the names are those of debian/control -------------------------------

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIB_PACKAGE_NAME libnbmap${PROJECT_VERSION_MAJOR})
set(CPACK_DEBIAN_DEV_PACKAGE_NAME libnbmap-dev)
set(CPACK_DEBIAN_DOC_PACKAGE_NAME nbmap-doc)
set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME nbmap-tools)
set(CPACK_DEBIAN_DOC_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR})
set(CPACK_DEBIAN_LIB_PACKAGE_GENERATE_SHLIBS ON)
set(needs_lib "libnbmap${PROJECT_VERSION_MAJOR} (= ${PROJECT_VERSION})")
# pkg-config wants to see liburcu, also for the shared library.
string(REGEX REPLACE ".* ([0-9.]+)$" "\\1" oldest_liburcu "${liburcu_modules}")
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "${needs_lib}, liburcu-dev (>= ${oldest_liburcu})")
set(CPACK_DEBIAN_TOOLS_PACKAGE_DEPENDS "${needs_lib}")

# ---- rpm: what the library itself needs, rpm finds -----------------------------

set(CPACK_RPM_COMPONENT_INSTALL ON)
set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_LICENSE MIT)
set(CPACK_RPM_LIB_PACKAGE_NAME nbmap)
set(CPACK_RPM_DEV_PACKAGE_NAME nbmap-devel)
set(CPACK_RPM_DOC_PACKAGE_NAME nbmap-doc)
set(CPACK_RPM_TOOLS_PACKAGE_NAME nbmap-tools)
set(CPACK_RPM_DOC_PACKAGE_ARCHITECTURE noarch)
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION /usr/${CMAKE_INSTALL_LIBDIR}/cmake
	/usr/${CMAKE_INSTALL_LIBDIR}/pkgconfig /usr/share/man /usr/share/man/man1 /usr/share/man/man3 /usr/share/man/man7)
list(TRANSFORM liburcu_modules REPLACE "^([^ ]+)" "pkgconfig(\\1)" OUTPUT_VARIABLE rpm_liburcu)
list(JOIN rpm_liburcu ", " rpm_liburcu)
set(CPACK_RPM_DEV_PACKAGE_REQUIRES "nbmap = ${PROJECT_VERSION}, ${rpm_liburcu}")

include(CPack)
