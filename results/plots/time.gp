# Training time, as bars.gp draws it.
here = ARG0[1:strlen(ARG0) - strlen("time.gp")]
load here."choice.gp"
name = "time"
least = 0; most = 1e300
axis = "training time of one run (s)"
call here."bars.gp" ARG1 ARG2 ARG3 ARG4 ARG5
