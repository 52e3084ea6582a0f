#!/bin/sh
# Builds the fan-out in C where a compiler and OpenSSL's libcrypto are; else says in a sentence
# what is missing and ends well, for numpy or Python alone does the same with more of the processor.
# Usage: tools/native.sh  (from the root of the project; CC and CFLAGS as usual)
set -u
folder=allmende/media/fanout
compiler=${CC:-cc}
without="Voice and video go out without it, at more cost; after a change run: make native"

command -v "$compiler" >/dev/null 2>&1 || {
    echo "The fan-out in C was not built: there is no C compiler ($compiler). $without"
    exit 0
}
sources="$folder/_express.c $folder/_ocb2.c $folder/_sending.c $folder/_srtp.c"
# The name with its version is there without OpenSSL's development files.
for crypto in -l:libcrypto.so.3 -lcrypto; do
    if said=$("$compiler" -O2 ${CFLAGS:-} -shared -fPIC -o "$folder/libfanout.so.new" \
        $sources "$crypto" 2>&1); then
        mv "$folder/libfanout.so.new" "$folder/libfanout.so"
        exit 0
    fi
done
rm -f "$folder/libfanout.so.new"
case $said in
*lcrypto*) why="OpenSSL's libcrypto was not found" ;;
*.h:*) why="the header files of the C library were not found" ;;
*) why="$compiler failed" ;;
esac
echo "The fan-out in C was not built: $why. $without"
