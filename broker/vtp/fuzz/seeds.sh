#!/bin/sh
# Fills corpus/TARGET with seeds, made of the project's own fixtures and of the packets in VOEVENT_CORPUS, else in
# ../shared/corpus beside the workspace, if there is such a folder.
set -eu
export LC_ALL=C
cd "$(dirname "$0")"
packets=${VOEVENT_CORPUS:-../../../../shared/corpus}/packets

# A number in two or four bytes, the high one first.
u16() { printf "$(printf '\\%03o\\%03o' $(($1 >> 8 & 255)) $(($1 & 255)))"; }
u32() { u16 $(($1 >> 16)) && u16 "$1"; }
bytes() { wc -c <"$1" | tr -d ' '; }
framed() { u32 "$(bytes "$1")" && cat "$1"; }

# The letters of a script: a message comes, deciseconds pass.
message() { printf m && u16 "$(bytes "$1")" && cat "$1"; }
pass() { printf t && u16 "$1"; }

files() {
    find fixtures -type f
    if [ -d "$packets" ]; then
        find "$packets" -type f -size -32k
    else
        echo "the corpus is absent: there is no folder $packets" >&2
    fi
}

mkdir -p corpus/frame corpus/judge corpus/message corpus/session
files | while IFS= read -r file; do
    name=$(printf %s "${file##*packets/}" | tr -c 'A-Za-z0-9.' _)
    cp "$file" "corpus/message/$name" && cp "$file" "corpus/judge/$name"
    # The same in another encoding, where it can be written in it.
    if sed 's/UTF-8/UTF-16/' "$file" | iconv -f UTF-8 -t UTF-16 >"corpus/message/$name.utf-16" 2>/dev/null; then
        cp "corpus/message/$name.utf-16" "corpus/judge/$name.utf-16"
    fi
    # A limit, the longest piece, and two frames, the second of them behind the first in one piece.
    { u16 65535 && printf '\377' && framed "$file" && framed "$file"; } >"corpus/frame/$name"
    # Three packets go out, the message comes and is answered; a minute later it comes again; then there is silence.
    { printf 'd\003' && message "$file" && printf aq && pass 600 && message "$file" && pass 1200; } >"corpus/session/$name"
done

# Whole conversations: a subscriber that returns, as both sides hear it.
{
    message fixtures/greeting.xml && message fixtures/returning.xml && printf 'r\021d\005o\022'
    message fixtures/resumed.xml && message fixtures/packet.xml && printf aq
    for _ in 1 2 3 4 5; do message fixtures/ack.xml; done
    pass 600 && message fixtures/iamalive.xml && printf q && pass 600
} >corpus/session/a_subscriber_returns
