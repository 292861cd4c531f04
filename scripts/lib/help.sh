# Sourced by the scripts with their own arguments: `--help` and `--version` print, and neither installs nor runs anything.
koma_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
for arg in "$@"; do
  case $arg in
    --) break ;;
    --version)
      sed -n 's/^version = "\(.*\)"/koma \1/p' "$koma_root/pyproject.toml"
      exit 0 ;;
    -h | --help)
      module=$(sed -n 's/.* -m \(scripts\.lib\.[a-z_]*\).*/\1/p' "$0")
      if [ -n "$module" ] && "$koma_root/.venv/bin/python" -c 'import typer' 2>/dev/null; then
        cd "$koma_root" && exec .venv/bin/python -m "$module" --help
      fi
      echo "Usage: ./scripts/$(basename "$0")"
      sed -n '2,/^[^#]/s/^# //p' "$0"
      exit 0 ;;
  esac
done
