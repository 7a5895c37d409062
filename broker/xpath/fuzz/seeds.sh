#!/bin/sh
# Fills corpus/TARGET with seeds: the expressions below, and those of VOEVENT_CORPUS, else of ../shared/corpus beside
# the workspace, if there is such a folder.
set -eu
export LC_ALL=C
cd "$(dirname "$0")"
expressions=${VOEVENT_CORPUS:-../../../../shared/corpus}/xpath_expressions.csv
mkdir -p corpus/expression corpus/evaluate

# Every line is an expression.
expressions() {
    cat <<'END'
//Param[@name="SC_Lat" and @value>600]
/*[local-name()="VOEvent" and @role!="test"]
//Who/Author[shortName="VO-GCN"] or //How[contains(Description, "Swift")]
not(starts-with(@ivorn, "ivo://example.observatory/"))
sum(//Param[@unit="deg"]/@value) div count(//Param) > -1.5e1
(//Param | //Group)[position() mod 2 = 1][last()]/ancestor-or-self::node()/@*
translate(normalize-space(//Description), "abc", "AB") = concat(name(..), local-name(), namespace-uri())
//C1/preceding::*[2]/following-sibling::node()/namespace::*
substring(substring-after(//Date, "T"), 1, round(2.5)) >= floor(ceiling(-0.5)) - - 3 mod 2
id("a b")[lang("en")]/.././/text() != //@value
END
    if [ -f "$expressions" ]; then
        sed -n 's/^[RX][0-9]*,"*\([^,"]*\)"*,.*/\1/p' "$expressions"
    else
        echo "the corpus is absent: there is no file $expressions" >&2
    fi
}

expressions | {
    number=0
    while IFS= read -r line; do
        number=$((number + 1))
        printf %s "$line" >"corpus/expression/$number"
        printf %s "$line" >"corpus/evaluate/$number"
        printf '%s\0<a xmlns:p="u:p" xml:lang="en" k="1">x<b xml:id="a">2</b><!--c--><?d e?><p:b p:k="3"/></a>' \
            "$line" >"corpus/evaluate/$number-document"
    done
}
