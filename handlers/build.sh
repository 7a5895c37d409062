#!/bin/sh
# Builds handlers written in Rust: `handlers/build.sh [--out FOLDER] [CRATE|WORKSPACE...]`, by default those that stand here
# into target/handlers, each NAME.wasm with its NAME.toml unless one is there; NAME is that of the crate's folder.
#
# In this order: the standard library that rustup installed for the target; Debian's packages, which build it from source (some
# minutes the first time); those packages installed, on Debian as root; else it says what to do and ends with 69.
set -eu

target=wasm32-unknown-unknown
packages="rustc-web cargo-web rust-web-src rust-web-llvm lld-22"

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
built=${CARGO_TARGET_DIR:-$root/target}/guests-build
out=${CARGO_TARGET_DIR:-$root/target}/handlers
if [ "${1:-}" = --out ]; then
    out=$2
    shift 2
fi
[ $# -gt 0 ] || set -- "$here"

has_std() { ls "$(rustc --print target-libdir --target $target 2>/dev/null)"/libstd-*.rlib >/dev/null 2>&1; }
has_packages() { dpkg -s $packages >/dev/null 2>&1; }
can_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && command -v dpkg >/dev/null; }
install_packages() {
    echo "installing $packages" >&2
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $packages; } >&2
}

# What cargo tells its tests and what is meant for the machine's own binaries is not for guests.
unset RUSTC RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET
if has_std; then
    build() { cargo build --release --target $target "$@"; }
elif has_packages || { can_install && install_packages; }; then
    build() {
        RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc /usr/bin/cargo build --release --target $target \
            -Zbuild-std=std,panic_abort "$@"
    }
else
    {
        if command -v rustc >/dev/null && command -v cargo >/dev/null; then
            echo "cannot build handlers: this Rust has no standard library for WebAssembly; get it with"
        else
            echo "cannot build handlers: there is no Rust here; get it from https://rustup.rs, and then"
        fi
        echo "    rustup target add $target"
        echo "or, on Debian, as root, with"
        echo "    apt-get install --no-install-recommends $packages"
    } >&2
    exit 69
fi

mkdir -p "$out"
for workspace in "$@"; do
    # From there, so that no configuration or toolchain of another folder counts.
    [ -f "$workspace/Cargo.lock" ] && locked=--locked || locked=
    (cd "$workspace" && build $locked --target-dir "$built")
    [ -d "$workspace/src" ] && crates=. || crates='*'
    for crate in "$workspace"/$crates/Cargo.toml; do
        folder=$(cd "$(dirname "$crate")" && pwd)
        name=$(basename "$folder")
        wasm=$built/$target/release/$(echo "$name" | tr - _).wasm
        # A broker may be watching: settings come first, so that no handler ever runs without its own. A module that is
        # not new must not look so, and a new one is there all at once.
        if [ -f "$folder/$name.toml" ] && [ ! -e "$out/$name.toml" ]; then
            cp "$folder/$name.toml" "$out/$name.toml"
        fi
        if ! cmp -s "$wasm" "$out/$name.wasm"; then
            cp "$wasm" "$out/$name.wasm.new"
            mv "$out/$name.wasm.new" "$out/$name.wasm"
        fi
    done
done
echo "$out"
