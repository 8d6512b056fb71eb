#!/usr/bin/env bash
# Format, lint, types, import contracts, migrations, translations. Prints what fails and ends with its status.
set -u
cd "$(dirname "$0")/.."
export TONGJIAN_BOOTSTRAP=0 DJANGO_SETTINGS_MODULE=deploy.settings.test
python=.venv/bin/python
failed=0

step() {
    printf '== %s\n' "$1"
    shift
    if ! "$@"; then
        failed=1
        printf '!! failed: %s\n' "$*"
    fi
}

step "format" $python -m ruff format --check --quiet .
step "lint" $python -m ruff check --quiet .
step "import contracts" .venv/bin/lint-imports --no-cache
step "types" $python -m mypy parks monitoring accounting deploy
step "migrations" $python manage.py makemigrations --check --dry-run
step "system checks" $python manage.py check
step "translations" $python -m pytest -q -p no:django tests/pure/test_translations.py
# The test command runs them; here they only have to be importable where there is no Django.
step "pure tests without Django" $python -m pytest --collect-only -qq -p no:django tests/pure
step "no addresses in the locks" bash -c '! grep -nE "https?://|file:" deploy/requirements*.txt deploy/assets/package-lock.json | grep -vE "\"(url|funding|homepage)\""'
exit $failed
