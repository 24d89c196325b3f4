# Forgetting in points, as bars.gp draws it.
here = ARG0[1:strlen(ARG0) - strlen("forgetting.gp")]
load here."choice.gp"
name = "forgetting"
least = -100; most = 100
axis = "forgetting (points)"
call here."bars.gp" ARG1 ARG2 ARG3 ARG4 ARG5
