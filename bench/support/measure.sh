# Sourced by the scripts of bench/ that keep results: the name of a CSV, rows of several, the word count's rows.
# shellcheck shell=bash

# header FIELD CSV: what the comment lines say, as csv.c writes them.
header()
{
	sed -n "s/^# $1: //p" "$2" | head -n 1
}

# results_path KIND CSV: where the CSV is kept, by its day and processor.  KIND is empty for that of all tables.
results_path()
{
	local day cpu

	day=$(header date "$2")
	cpu=$(header cpu "$2" | tr '[:upper:]' '[:lower:]' | tr -cs 'a-z0-9' '-')
	cpu=${cpu#-}
	cpu=${cpu%-}
	printf 'bench/results/%s-%s%s.csv\n' "${day%%T*}" "${1:+$1-}" "${cpu:-unknown}"
}

# rows FILE...: without the lines before them.  A file without rows is none to complain of.
rows()
{
	grep -h -v -e '^#' -e '^workload,' "$@" || true
}

# count_words INPUT MAP VALUES THREADS ROUND [FILE...]: one run of the word count, the command that the array
# `wordcount` holds, time-boxed as those of nbmap-bench are.  INPUT is what the row calls the files.
count_words()
{
	local input=$1 map=$2 values=$3 threads=$4 round=$5 status=0

	shift 5
	timeout 40 "${wordcount[@]}" --map "$map" --flavor qsbr --values "$values" --no-remover --verify \
		--threads "$threads" --csv "$round" --label "$input" "$@" || status=$?
	if [ "$status" -eq 124 ]; then
		printf 'wordcount,input=%s;values=%s;remover=no,%s,%s,%s,finished,0\n' "$input" "$values" "$threads" "$map" \
			"$round"
	else
		return "$status"
	fi
}
