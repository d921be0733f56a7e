# NBMAP_PROBES: whether the library has probes for tracers, see doc/guide/probes.md.
set(NBMAP_PROBES AUTO CACHE STRING "USDT probes: AUTO (if there is sys/sdt.h), ON or OFF")
set_property(CACHE NBMAP_PROBES PROPERTY STRINGS AUTO ON OFF)

set(NBMAP_HAS_PROBES OFF)
if(NBMAP_PROBES)
	include(CheckIncludeFile)
	check_include_file(sys/sdt.h NBMAP_HAS_SDT_H)
	if(NBMAP_HAS_SDT_H)
		# The libraries only: tests that build the sources once more do without.
		target_compile_definitions(nbmap_core PRIVATE NBR_PROBES)
		target_compile_definitions(nbmap_reclaim PRIVATE NBR_PROBES)
		set(NBMAP_HAS_PROBES ON)
	elseif(NOT NBMAP_PROBES STREQUAL AUTO)
		message(FATAL_ERROR "NBMAP_PROBES is ${NBMAP_PROBES}, and there is no sys/sdt.h: "
			"on Debian it is in systemtap-sdt-dev")
	endif()
endif()
