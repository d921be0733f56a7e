# Run by cpack before it packs: an archive may be unpacked anywhere, so nothing in it names the place it was made at.
if(CPACK_GENERATOR STREQUAL TGZ)
	set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY})

	# nbmap.pc says the prefix by its own place.
	file(GLOB_RECURSE files ${root}/nbmap.pc)
	foreach(file IN LISTS files)
		file(READ ${file} text)
		string(REGEX REPLACE ".*\nlibdir=\\\${prefix}/([^\n]*).*" "\\1" libdir "${text}")
		string(REGEX REPLACE "[^/]+" ".." up "${libdir}/pkgconfig")
		string(REGEX REPLACE "\nprefix=[^\n]*" "\nprefix=\${pcfiledir}/${up}" text "${text}")
		file(WRITE ${file} "${text}")
	endforeach()

	# gdb finds a script beside the library, too.
	file(GLOB_RECURSE scripts ${root}/share/gdb/*-gdb.py)
	foreach(script IN LISTS scripts)
		get_filename_component(name ${script} NAME)
		string(REGEX REPLACE "-gdb\\.py$" "" library ${name})
		file(GLOB_RECURSE library ${root}/${library})
		get_filename_component(folder ${library} DIRECTORY)
		file(RENAME ${script} ${folder}/${name})
	endforeach()
	file(REMOVE_RECURSE ${root}/share/gdb)
endif()
