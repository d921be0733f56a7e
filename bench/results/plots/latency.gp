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
"p50" 206 787 277 13
"p90" 467 1775 723 13
"p99" 971 3159 3359 14
"p99.9" 3039 5935 7551 16
"p99.99" 37887 61823 47871 107
"p99.999" 245759 159743 122367 4703
"max" 584741 3520311 53845845 104429
end
$panel1 << end
"p50" 206 785 285 13
"p90" 471 1767 759 13
"p99" 995 3143 3583 14
"p99.9" 3343 6527 8319 16
"p99.99" 40703 65535 48639 119
"p99.999" 292863 1056767 112127 4415
"max" 1979061 39635954.5 56142318 83891
end
$panel2 << end
"p50" 196 1247 257 13
"p90" 355 2351 383 14
"p99" 619 3543 519 15
"p99.9" 983 6959 719 16
"p99.99" 5823 63999 38655 79
"p99.999" 65535 146431 81407 4511
"max" 349399 282162 280935 109173
end
$panel3 << end
"p50" 196 1247 255 13
"p90" 357 2335 393 14
"p99" 611 3479 519 15
"p99.9" 887 7359 2975 18
"p99.99" 5919 66559 40447 79
"p99.999" 70655 142847 81919 4639
"max" 39486212 14495706.5 1679754 78834
end
$panel4 << end
"p50" 173 711 234 13
"p90" 301 1591 369 14
"p99" 507 2639 627 14
"p99.9" 839 5823 4383 15
"p99.99" 12223 50175 11711 79
"p99.999" 58367 174079 72703 5343
"max" 3341260 39477597 53551689 34482
end
$panel5 << end
"p50" 180 1215 253 13
"p90" 323 2271 385 14
"p99" 535 3359 515 14
"p99.9" 899 6687 679 15
"p99.99" 6143 57855 39167 79
"p99.999" 71167 132095 76287 5375
"max" 29485955 5178466 2031522 63598
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
