# Takes away what `cmake --install` put there from the build folder BUILD, and the folders of nbmap's own that are then
# empty.  As there, DESTDIR in the environment is put before each path.
# Usage: cmake -DBUILD=FOLDER -P uninstall.cmake
file(GLOB manifests "${BUILD}/install_manifest*.txt")
if(NOT manifests)
	message(FATAL_ERROR "uninstall: nothing was installed from ${BUILD}")
endif()

set(folders "")
foreach(manifest IN LISTS manifests)
	file(STRINGS "${manifest}" files)
	foreach(file IN LISTS files)
		set(path "$ENV{DESTDIR}${file}")
		if(EXISTS "${path}" OR IS_SYMLINK "${path}")
			message(STATUS "Removing ${path}")
			file(REMOVE "${path}")
			if(EXISTS "${path}" OR IS_SYMLINK "${path}")
				message(FATAL_ERROR "uninstall: ${path} cannot be removed")
			endif()
		endif()
		# From /nbmap/ on a folder belongs to nothing else; the deepest come first.
		cmake_path(GET path PARENT_PATH folder)
		while(folder MATCHES "/nbmap(/|$)")
			list(APPEND folders "${folder}")
			cmake_path(GET folder PARENT_PATH folder)
		endwhile()
	endforeach()
	file(REMOVE "${manifest}")
endforeach()

# rmdir refuses a folder that is not empty.
list(REMOVE_DUPLICATES folders)
list(SORT folders ORDER DESCENDING)
foreach(folder IN LISTS folders)
	execute_process(COMMAND rmdir "${folder}" OUTPUT_QUIET ERROR_QUIET)
endforeach()
