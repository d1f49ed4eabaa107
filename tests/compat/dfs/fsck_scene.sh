# Sourced by fsck_test.sh and fsck_record.sh: a cluster's files with a rotten and two lost blocks, and what is asked of fsck
# about them. The caller gives these, for its cluster of one datanode:
#   run_lines        reads command lines, prints each with what it said and its exit code
#   stop_datanode; restart_datanode; datanode_folder
#   $scratch
fsck_scene() {
  head -c 5120 /dev/zero | tr '\0' 'a' >"$scratch/five"
  # Every block has a letter of its own, so that the chains say what they were made of.
  for letter in b c d e; do head -c 1024 /dev/zero | tr '\0' "$letter"; done >"$scratch/letters"
  { head -c 1024 "$scratch/five"; cat "$scratch/letters"; } >"$scratch/lettered"
  run_lines >"$scratch/before.txt" <<LINES
dfs -mkdir -p /f/sub /f/cold /f/warm
dfs -Ddfs.blocksize=1024 -put $scratch/lettered /f/sub/bad
dfs -Ddfs.blocksize=1024 -put $scratch/lettered /f/sub/lost
dfs -Ddfs.blocksize=1024 -put $scratch/lettered /f/cold/five
dfs -put $scratch/five /f/good
dfs -put $scratch/five /f/warm/one
dfs -touchz /f/empty
dfs -setrep 2 /f/warm/one
storagepolicies -setStoragePolicy -path /f/cold -policy COLD
storagepolicies -setStoragePolicy -path /f/warm -policy WARM
fsck /f/sub/bad -files -blocks
fsck /f/sub/lost -files -blocks
LINES
  local ids; ids=($(grep -o 'blk_[0-9]*' "$scratch/before.txt"))
  ((${#ids[@]} == 10)) || { cat "$scratch/before.txt" >&2; echo "FAILED: two files of five blocks" >&2; exit 1; }
  stop_datanode
  printf 'rotten' | dd of="$(find "$(datanode_folder)" -name "${ids[1]}")" bs=1 seek=600 conv=notrunc status=none
  find "$(datanode_folder)" \( -name "${ids[3]}*" -o -name "${ids[7]}*" \) -delete
  restart_datanode
  # A reader that meets the rotten block tells the namenode.
  run_lines >"$scratch/lines.txt" <<LINES
dfs -cat /f/sub/bad
dfs -cat /f/sub/lost
LINES
  run_lines <<LINES | sed -E "s/${ids[1]}(_[0-9]+)?/BLOCK1/g"
fsck /f
fsck /f -files -blocks -locations
fsck /f -files -blocks -replicaDetails -upgradedomains
fsck /f -files -blocks -racks
fsck /f/cold -storagepolicies
fsck /f -storagepolicies
fsck -blockId ${ids[1]}
fsck -blockId ${ids[0]} ${ids[3]} nonsense blk_1
fsck /f/sub/lost -list-corruptfileblocks
fsck /f/sub/lost -move
dfs -ls -R /lost+found
dfs -checksum /lost+found/f/sub/lost/0 /lost+found/f/sub/lost/1
fsck /f/sub/lost -move
fsck /f -move -delete
dfs -ls -R /lost+found /f
dfs -checksum /lost+found/f/sub/bad/0 /lost+found/f/sub/bad/1 /lost+found/f/sub/bad/2
fsck / -files
fsck /nothing -delete
LINES
}

# What differs from run to run.
plain_fsck() {
  sed -E "s/BP-[0-9]+-[0-9.]+-[0-9]+/POOL/g; s/blk_[0-9]+(_[0-9]+)?/BLK/g; s/DS-[0-9a-f-]+/STORAGE/g;
    s/127\.0\.0\.1:[0-9]+/ADDRESS/g; s/ at [A-Z][a-z]{2} [A-Z][a-z]{2} +[0-9]+ [0-9:]+ [A-Z]+ [0-9]+/ at DATE/;
    s/in [0-9]+ milliseconds/in N milliseconds/; s/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}/TIME/g;
    s#/(localhost|$(hostname))/#/HOST/#; s#datanode/rack: (localhost|$(hostname))/#datanode/rack: HOST/#; s#$scratch#SCRATCH#g" |
    grep -vE '^Connecting to|^[0-9/: ,-]+ (INFO|WARN|ERROR)|^TIME:[0-9,]+ +(INFO|WARN|ERROR)'
}
