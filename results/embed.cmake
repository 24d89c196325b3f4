# Turns the gnuplot scripts beside this file into one C file with their texts, so that the
# program carries them along:  cmake -DOUT=FILE.c -P embed.cmake
file(GLOB scripts ${CMAKE_CURRENT_LIST_DIR}/*.gp)
list(SORT scripts)
set(texts "")
set(rows "")
foreach(script IN LISTS scripts)
  get_filename_component(name ${script} NAME)
  string(MAKE_C_IDENTIFIER ${name} symbol)
  file(READ ${script} bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(APPEND texts "static const unsigned char ${symbol}[] = {${bytes}};\n")
  string(APPEND rows "    {\"${name}\", ${symbol}, sizeof ${symbol}},\n")
endforeach()
file(WRITE ${OUT} "#include \"results/embedded.h\"\n\n${texts}\n"
     "const struct embedded embedded_scripts[] = {\n${rows}    {0},\n};\n")
