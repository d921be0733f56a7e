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
"p50" 230 951 291 20
"p90" 471 2415 811 20
"p99" 1087 14527 5407 20
"p99.9" 6943 50175 17919 20
"p99.99" 55295 89599 59903 20
"p99.999" 135167 217087 99327 39167
"max" 617603 4163884 450795971 132076
end
$panel1 << end
"p50" 220 827 261 20
"p90" 441 1979 763 20
"p99" 1095 13279 3775 20
"p99.9" 8191 42111 17279 20
"p99.99" 48895 73215 53503 20
"p99.999" 157695 4055039 89087 38143
"max" 29546259 33624800 495288539 99966
end
$panel2 << end
"p50" 291 1535 220 20
"p90" 441 2943 351 20
"p99" 611 4383 491 20
"p99.9" 823 49919 683 20
"p99.99" 45823 66559 45055 20
"p99.999" 88063 106495 86015 37887
"max" 1268668 2732392 740783 125223
end
$panel3 << end
"p50" 210 1371 220 20
"p90" 371 2623 331 20
"p99" 531 3911 461 20
"p99.9" 751 44799 631 20
"p99.99" 44287 56447 46079 20
"p99.999" 64511 122879 61951 37887
"max" 24531455 20031298 16521158 314096
end
$panel4 << end
"p50" 200 763 271 20
"p90" 381 1839 371 20
"p99" 623 3279 711 20
"p99.9" 923 40959 7615 20
"p99.99" 44543 55551 49151 20
"p99.999" 83455 454655 72703 37887
"max" 32502469 32584302 460866826 38632
end
$panel5 << end
"p50" 281 1495 230 20
"p90" 431 2879 351 20
"p99" 611 4479 511 20
"p99.9" 811 43775 731 20
"p99.99" 45567 55551 46591 20
"p99.999" 63999 452607 65279 37887
"max" 5563738 13550231 11490004 79257
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
