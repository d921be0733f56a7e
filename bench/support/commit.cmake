# Writes HEADER with the commit that SOURCE is at, if it has changed: run by every build.
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12
	OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
	set(commit unknown)
endif()
file(CONFIGURE OUTPUT ${HEADER} @ONLY CONTENT [[
/* Generated. */
#define BENCH_COMMIT "@commit@"
]])
