# Turns files into one C file with their texts, so that the program carries them along:
#   cmake -DOUT=FILE.c -DTABLE=NAME -DROOT=FOLDER -DPATTERN=GLOB -P embed.cmake
# Their names in the table are the paths from ROOT.
file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/${PATTERN})
list(SORT files)
set(texts "")
set(rows "")
foreach(name IN LISTS files)
  string(MAKE_C_IDENTIFIER ${name} symbol)
  file(READ ${ROOT}/${name} bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(APPEND texts "static const unsigned char ${symbol}[] = {${bytes}};\n")
  string(APPEND rows "    {\"${name}\", ${symbol}, sizeof ${symbol}},\n")
endforeach()
file(WRITE ${OUT} "#include \"results/data/embedded.h\"\n\n${texts}\n"
     "const struct embedded ${TABLE}[] = {\n${rows}    {0},\n};\n")
