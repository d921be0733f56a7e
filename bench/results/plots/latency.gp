set terminal svg size 1040,900 font 'sans,11' background 'white'
set output 'latency.svg'
set multiplot layout 3,2
set grid ytics lt 1 lc rgb '#dddddd'
set key outside right top samplen 1.5
set border 3
set tics nomirror
set ylabel 'ns'
set logscale y
set format y '10^{%T}'
$panel0 << end
"p50" 200 971 311 20
"p90" 351 2415 831 20
"p99" 923 14591 3823 20
"p99.9" 4047 44287 26623 20
"p99.99" 53759 77311 63231 30
"p99.999" 4194303 181247 111103 39423
"max" 5686317 4090457 486822191 85890
end
$panel1 << end
"p50" 230 891 321 20
"p90" 461 2159 963 20
"p99" 3855 14911 4511 20
"p99.9" 13247 46079 32255 30
"p99.99" 55039 84991 79359 30
"p99.999" 4849663 4063231 183295 44031
"max" 7665723 17826165 483651310 213418
end
$panel2 << end
"p50" 210 1695 230 20
"p90" 321 3327 351 20
"p99" 481 5023 501 20
"p99.9" 683 46079 691 20
"p99.99" 44031 75775 46591 30
"p99.999" 79871 113151 79871 38143
"max" 348490 1634001 190976 129902
end
$panel3 << end
"p50" 210 1415 281 20
"p90" 381 2815 381 20
"p99" 563 4447 511 20
"p99.9" 771 48127 783 20
"p99.99" 46591 66047 48639 30
"p99.999" 75775 169983 73215 43263
"max" 3681564 9815588 3576147 185927
end
$panel4 << end
"p50" 200 743 250 20
"p90" 341 1823 371 20
"p99" 551 3279 631 20
"p99.9" 863 41727 3839 20
"p99.99" 48127 72191 50175 30
"p99.999" 73215 136191 102911 40703
"max" 5987449 20193335 495742958 62827
end
$panel5 << end
"p50" 220 1559 250 20
"p90" 371 3007 371 20
"p99" 551 4639 501 20
"p99.9" 771 49407 691 20
"p99.99" 46591 62719 49407 20
"p99.999" 68607 362495 69631 41983
"max" 4098202 11420134 3464819 97191
end
set title "n 8000000, op insert, table growing, threads 1" noenhanced
set xrange [-0.3:6.3]
plot $panel0 using 0:2:xtic(1) with linespoints lw 3 pt 7 ps 0.5 lc rgb '#d62728' title 'nbmap', \
     $panel0 using 0:3:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#1f77b4' title 'cds lfht', \
     $panel0 using 0:4:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#2ca02c' title 'libcuckoo', \
     $panel0 using 0:5:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#c7c7c7' title 'empty'
set title "n 8000000, op insert, table growing, threads 2" noenhanced
set xrange [-0.3:6.3]
plot $panel1 using 0:2:xtic(1) with linespoints lw 3 pt 7 ps 0.5 lc rgb '#d62728' title 'nbmap', \
     $panel1 using 0:3:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#1f77b4' title 'cds lfht', \
     $panel1 using 0:4:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#2ca02c' title 'libcuckoo', \
     $panel1 using 0:5:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#c7c7c7' title 'empty'
set title "n 8000000, op update, table still, threads 1" noenhanced
set xrange [-0.3:6.3]
plot $panel2 using 0:2:xtic(1) with linespoints lw 3 pt 7 ps 0.5 lc rgb '#d62728' title 'nbmap', \
     $panel2 using 0:3:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#1f77b4' title 'cds lfht', \
     $panel2 using 0:4:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#2ca02c' title 'libcuckoo', \
     $panel2 using 0:5:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#c7c7c7' title 'empty'
set title "n 8000000, op update, table still, threads 2" noenhanced
set xrange [-0.3:6.3]
plot $panel3 using 0:2:xtic(1) with linespoints lw 3 pt 7 ps 0.5 lc rgb '#d62728' title 'nbmap', \
     $panel3 using 0:3:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#1f77b4' title 'cds lfht', \
     $panel3 using 0:4:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#2ca02c' title 'libcuckoo', \
     $panel3 using 0:5:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#c7c7c7' title 'empty'
set title "n 8000000, op get, table growing, threads 2" noenhanced
set xrange [-0.3:6.3]
plot $panel4 using 0:2:xtic(1) with linespoints lw 3 pt 7 ps 0.5 lc rgb '#d62728' title 'nbmap', \
     $panel4 using 0:3:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#1f77b4' title 'cds lfht', \
     $panel4 using 0:4:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#2ca02c' title 'libcuckoo', \
     $panel4 using 0:5:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#c7c7c7' title 'empty'
set title "n 8000000, op get, table still, threads 2" noenhanced
set xrange [-0.3:6.3]
plot $panel5 using 0:2:xtic(1) with linespoints lw 3 pt 7 ps 0.5 lc rgb '#d62728' title 'nbmap', \
     $panel5 using 0:3:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#1f77b4' title 'cds lfht', \
     $panel5 using 0:4:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#2ca02c' title 'libcuckoo', \
     $panel5 using 0:5:xtic(1) with linespoints lw 1.5 pt 7 ps 0.5 lc rgb '#c7c7c7' title 'empty'
unset multiplot
