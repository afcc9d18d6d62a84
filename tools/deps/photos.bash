# Freely licensed photos of two Debian packages. The packages are unpacked, not installed: one of
# them needs a scientific Python, and the photos are a tenth of both.
# shellcheck shell=bash
# shellcheck disable=SC2154  # tools/deps/install sets the variables

photos_dir=$deps_dir/photos-r$photos_recipe

make_photos() {
    note "fetching photos out of Debian packages"
    photos_of_package python3-skimage usr/lib/python3/dist-packages/skimage/data
    photos_of_package opencv-doc usr/share/doc/opencv-doc/examples/data
    put_in_cache "$scratch/photos/made" "$photos_dir" photos
}

# photos_of_package PACKAGE FOLDER: the photos of one folder of a package, and its licences.
photos_of_package() {
    local package=$1 folder=$2 dir=$scratch/photos/$1 made=$scratch/photos/made/$1
    mkdir -p -- "$dir" "$made"
    (cd -- "$dir" && download_package "$package")
    dpkg-deb --fsys-tarfile "$dir/$package"_*.deb |
        tar -x -C "$dir" "./$folder" "./usr/share/doc/$package/copyright"
    # Smaller files are patterns and masks.
    find "$dir/$folder" -maxdepth 1 -type f \( -name '*.jpg' -o -name '*.png' \) -size +8k \
        -exec cp -t "$made" -- {} +
    cp -- "$dir/usr/share/doc/$package/copyright" "$made/"
}
