#!/bin/sh
# detector/install.sh FOLDER [PYTHON]
#
# Make an environment with MediaPipe in FOLDER, by uv if it is there, else by PYTHON or the first
# Python that MediaPipe 0.10.14 has a wheel for. This wheel holds its models; later ones fetch them.
set -eu
folder=$1
if [ -n "$(ls -A "$folder" 2>/dev/null)" ] && [ ! -f "$folder/pyvenv.cfg" ]; then
    echo "error: $folder holds other files: set DETECTOR_PATH to a new folder" >&2
    exit 1
fi
requirements=$(dirname "$0")/requirements.txt
mediapipe=mediapipe==0.10.14
versions='import sys; sys.exit(not (3, 9) <= sys.version_info[:2] < (3, 13))'

if command -v uv >/dev/null; then
    uv venv --quiet --clear --python '>=3.9,<3.13' "$folder"
    uv pip install --quiet --python "$folder" -r "$requirements"
    uv pip install --quiet --python "$folder" --no-deps $mediapipe
    exit
fi

for python in "${2:-python3}" python3.12 python3.11 python3.10 python3.9; do
    if "$python" -c "$versions" 2>/dev/null; then
        "$python" -m venv --clear "$folder"
        "$folder/bin/pip" install --quiet -r "$requirements"
        "$folder/bin/pip" install --quiet --no-deps $mediapipe
        exit
    fi
done
echo "error: MediaPipe needs Python 3.9 to 3.12: install one of them, or uv" >&2
exit 1
