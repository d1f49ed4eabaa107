# source me: the packages of a folder as its lock file says, brought once; sets nothing. Ends with 77 (skipped) without node or npm.
npm_folder() { # FOLDER
  command -v node >/dev/null && command -v npm >/dev/null || { echo "no node or npm: tools/setup.sh --tests" >&2; exit 77; }
  local folder stamp
  folder=$(realpath "$1")
  stamp=$folder/node_modules/.tusk-lock
  if ! cmp -s "$folder/package-lock.json" "$stamp"; then
    (cd "$folder" && npm ci --no-audit --no-fund --ignore-scripts >"$folder/npm.log" 2>&1) || { cat "$folder/npm.log" >&2; rm -f "$folder/npm.log"; echo "npm ci failed in $folder" >&2; exit 77; }
    rm -f "$folder/npm.log"
    cp "$folder/package-lock.json" "$stamp"
  fi
}
