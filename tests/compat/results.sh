# Sourced by compat tests: what a real client was seen to do, for the README's table (tools/compat_table.py).
#
#   passed CLIENT VERSION CASE...     one line for each case, into $TUSK_COMPAT_RESULTS/<test>.tsv; nothing when unset
#
# Call it after the cases have passed: a test that fails leaves its lines out, and the table's check misses them.
passed() {
  local client=$1 version=$2; shift 2
  [[ -n ${TUSK_COMPAT_RESULTS:-} ]] || return 0
  mkdir -p "$TUSK_COMPAT_RESULTS"
  local case
  for case in "$@"; do printf '%s\t%s\t%s\tpass\n' "$client" "$version" "$case"; done \
    >>"$TUSK_COMPAT_RESULTS/$(basename "$0" .sh).tsv"
}
