#!/usr/bin/env bash
# Installs the Debian packages that building tusk needs; with --tests also what only the tests need
# (Java 17 and Maven bring the real Hadoop up as a peer). Installs nothing that is already there.
set -euo pipefail

build_packages=(
  clang-19 lld-19 libclang-rt-19-dev libstdc++-12-dev libc6-dev binutils cmake ninja-build ccache mold pkg-config git
  libboost1.81-dev libprotobuf-dev libprotoc-dev protobuf-compiler libleveldb-dev
  zlib1g-dev libeigen3-dev libspdlog-dev libfmt-dev libgtest-dev libgmock-dev libpugixml-dev
  nlohmann-json3-dev libssl-dev libisal-dev liblz4-dev libbz2-dev libsnappy-dev libzstd-dev libgsasl-dev python3
)
test_packages=(openjdk-17-jdk-headless maven curl g++ python3-pip python3-venv procps zip dataset-fashion-mnist chromium fonts-dejavu-core
               dpkg-dev mandoc zsh prometheus)
# The console's page is built anew and compared by a test: any Node from 18 (Debian's is 18) with npm will do.
command -v node >/dev/null || test_packages+=(nodejs)
command -v npm >/dev/null || test_packages+=(npm)

packages=("${build_packages[@]}")
if [[ "${1:-}" == "--tests" ]]; then packages+=("${test_packages[@]}"); fi

missing=()
for package in "${packages[@]}"; do
  if ! dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed'; then
    missing+=("$package")
  fi
done
if [[ ${#missing[@]} -eq 0 ]]; then exit 0; fi

as_root=()
if [[ $(id -u) -ne 0 ]]; then as_root=(sudo); fi
echo "setup: installing ${missing[*]}" >&2
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
