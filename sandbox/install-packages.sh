# Makes /opt/sandbox, in a container of the base image. What it needs, and nobody else may see, is in /build: a file
# system in the container's memory. The difference between CPU and GPU is a line of requirements.txt.
set -e
. /build/proxy.sh
# Nothing can be compiled later: the sandbox's root is read-only.
python3 -m venv /opt/sandbox
PIP_CONFIG_FILE=/build/pip.conf /opt/sandbox/bin/python -m pip install \
    --disable-pip-version-check --progress-bar off --no-cache-dir --no-compile --requirement /build/requirements.txt
/opt/sandbox/bin/python -m pip uninstall --yes --quiet libclang pip
cd /opt/sandbox/lib/python3*/site-packages
rm -rf tensorflow/include pyarrow/include numpy/_core/include
find . -type d -name tests -prune -exec rm -rf {} +
find . -type f -name '*.a' -delete
find tensorflow keras -type f -name '*_test.py' -delete
/opt/sandbox/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash . || test $? -eq 1
