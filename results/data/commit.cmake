# Writes the commit that is being built into a C file, which is left alone where it has not
# changed:  cmake -DOUT=FILE.c -P commit.cmake
execute_process(COMMAND git -C ${CMAKE_CURRENT_LIST_DIR} describe --always --dirty
                OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
                RESULT_VARIABLE failed)
if(failed)
  set(commit unknown)
endif()
file(CONFIGURE OUTPUT ${OUT} @ONLY CONTENT
     "#include \"results/data/embedded.h\"\n\nconst char embedded_commit[] = \"@commit@\";\n")
