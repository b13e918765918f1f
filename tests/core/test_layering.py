"""Imports run downwards only. The table below is the order; it is read from the source, nothing is imported."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tables import named_rows

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "drf_cors"

#: Module or package -> its rank. A module imports from lower ranks only; the modules of one package of the table
#: may import each other.
RANKS = {
    "drf_cors.core": 0,  # only a docstring
    "drf_cors.core.errors": 1,
    "drf_cors.core.fetch": 2,
    "drf_cors.core.exposure": 3,
    "drf_cors.core.origins": 3,
    "drf_cors.core.origin_faults": 3.5,
    "drf_cors.core.fields": 3.7,
    "drf_cors.core.policy": 4,
    "drf_cors.core.sources": 4.5,
    "drf_cors.core.merge": 5,
    "drf_cors.core.url_policies": 6,
    "drf_cors.core.verdict": 6.1,
    "drf_cors.core.cache_safety": 6.2,
    "drf_cors.core.preflight": 6.3,
    "drf_cors.core.judge": 6.4,
    "drf_cors.fetch_model.*": 6,
    "drf_cors.response_headers": 7,
    "drf_cors.defaults": 6,
    "drf_cors.signals": 6,
    "drf_cors.openapi_choices": 6,
    "drf_cors.conf": 7,
    "drf_cors.misspelt_settings": 6,
    "drf_cors.held": 4,
    "drf_cors.referenced": 4.5,
    "drf_cors.identity": 0,
    "drf_cors.one_pass": 0,
    "drf_cors.in_progress": 6.5,
    "drf_cors.noted_dispatch": 6.7,
    "drf_cors.view_facts": 6.8,
    "drf_cors.placement": 6.9,
    "drf_cors.decorators": 7,
    "drf_cors.mixins": 7,
    "drf_cors": 8,  # the public face, for projects; none of ours imports from it
    "drf_cors.members": 8,
    "drf_cors.member_references": 8.1,
    "drf_cors.view_layers": 8,
    "drf_cors.layers": 9,
    "drf_cors.misplaced": 9.2,
    "drf_cors.hidden": 9.3,
    "drf_cors.lost": 9.5,
    "drf_cors.error_views": 9.7,
    "drf_cors.site_routes": 9.8,
    "drf_cors.route_finder": 9.8,
    "drf_cors.explain_command": 9,
    "drf_cors.declaration_edits": 9.85,
    "drf_cors.unreadable": 9.9,
    "drf_cors.resolver": 10,
    "drf_cors.callables": 11,
    "drf_cors.refusals": 12,
    "drf_cors.drf_views": 10,
    "drf_cors.sample_paths": 9,
    "drf_cors.urlconfs": 9,
    "drf_cors.prefix_resolver": 10,
    "drf_cors.route_samples": 10.5,
    "drf_cors.endpoints": 11,
    "drf_cors.endpoint_list": 11.5,
    "drf_cors.policy_json": 12,
    "drf_cors.explain.*": 12,
    "drf_cors.middleware": 13,
    "drf_cors.checks.*": 13,
    "drf_cors.openapi.*": 13,
    "drf_cors.testing.*": 13,
    "drf_cors.diagnosis.*": 15,
    "drf_cors.management.*": 17,
    "drf_cors.apps": 18,
}

#: Optional to a project, or loaded too early: only these packages may import them.
ADAPTERS = {
    "rest_framework": {"drf_cors.openapi.*", "drf_cors.testing.*"},
    "drf_spectacular": {"drf_cors.openapi.*", "drf_cors.testing.*"},
}

#: What is for tests only, and the one package that may import it.
FOR_TESTS = ("drf_cors.testing", "django.test", "unittest", "pytest")
TEST_HELPERS = "drf_cors.testing.*"


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def entry_of(module):
    """The entry of the table that a module falls under, or None."""
    if module in RANKS:
        return module
    parts = module.split(".")
    packages = [".".join(parts[:length]) + ".*" for length in range(len(parts), 0, -1)]
    return next((package for package in packages if package in RANKS), None)


def is_type_checking(test):
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


class Imports(ast.NodeVisitor):
    """Collects the modules that run-time code of one module imports, those inside functions included."""

    def __init__(self, module):
        self.module = module
        self.found = set()

    def visit_If(self, node):
        if is_type_checking(node.test):
            for statement in node.orelse:
                self.visit(statement)
        else:
            self.generic_visit(node)

    def visit_Import(self, node):
        self.found.update(alias.name for alias in node.names)

    def visit_ImportFrom(self, node):
        assert node.level == 0, f"{self.module} imports relatively; write the whole path"
        for alias in node.names:
            submodule = f"{node.module}.{alias.name}"
            self.found.add(submodule if submodule in FILES else node.module)


class ImportsOnLoading(Imports):
    """The same, without the imports inside functions: what loading a module loads."""

    def visit_FunctionDef(self, node):
        pass

    def visit_AsyncFunctionDef(self, node):
        pass


def imports_of(module, collector=Imports):
    collected = collector(module)
    collected.visit(ast.parse(FILES[module].read_text(encoding="utf-8")))
    return collected.found


def loaded_by(module):
    """Every module that importing `module` loads: of ours, followed through; of others, the names."""
    loaded, waiting = set(), [module]
    while waiting:
        name = waiting.pop()
        if name in loaded:
            continue
        loaded.add(name)
        if name in FILES:
            waiting.extend(imports_of(name, ImportsOnLoading))
            waiting.extend(parent for parent in parents(name) if parent in FILES)
    return loaded


def parents(name):
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]


def is_ours(name):
    return name == "drf_cors" or name.startswith("drf_cors.")


@pytest.mark.parametrize("module", FILES)
def test_every_module_has_a_rank(module):
    assert entry_of(module) is not None, f"give {module} its place in RANKS"


@pytest.mark.parametrize("module", FILES)
def test_imports_run_downwards(module):
    here = entry_of(module)
    upwards = {
        imported
        for imported in imports_of(module)
        if is_ours(imported)
        and imported not in (module, here)
        and not (here.endswith(".*") and entry_of(imported) == here)
        and RANKS[entry_of(imported)] >= RANKS[here]
    }
    assert not upwards


@pytest.mark.parametrize("module", [name for name in FILES if name.startswith("drf_cors.core")])
def test_the_core_imports_the_standard_library_django_s_exceptions_and_itself(module):
    strangers = {
        name
        for name in imports_of(module)
        if name.partition(".")[0] not in sys.stdlib_module_names
        and name != "django.core.exceptions"
        and not name.startswith("drf_cors.core.")
    }
    assert not strangers


@pytest.mark.parametrize("module", FILES)
def test_other_people_s_packages_have_their_adapters(module):
    for package, adapters in ADAPTERS.items():
        used = {name for name in imports_of(module) if name.partition(".")[0] == package}
        assert not used or entry_of(module) in adapters


def is_for_tests(name):
    return any(name == package or name.startswith(f"{package}.") for package in FOR_TESTS)


@pytest.mark.parametrize("module", [name for name in FILES if entry_of(name) != TEST_HELPERS])
def test_only_the_test_helpers_import_what_is_for_tests(module):
    assert not {name for name in imports_of(module) if is_for_tests(name)}


@pytest.mark.parametrize("module", ["drf_cors", "drf_cors.defaults", "drf_cors.signals"])
def test_what_settings_files_import_loads_no_framework_and_no_settings(module):
    loaded = loaded_by(module)
    assert "drf_cors.conf" not in loaded
    assert "django.conf" not in loaded
    assert not {name for name in loaded if name.partition(".")[0] in ADAPTERS}


@pytest.mark.parametrize("module", ["drf_cors.middleware", "drf_cors.apps", "drf_cors.resolver"])
def test_a_project_without_rest_framework_can_load_the_middleware(module):
    assert not {name for name in loaded_by(module) if name.partition(".")[0] in ADAPTERS}


def test_a_settings_file_may_import_the_package():
    """The same for what Django itself loads: in an interpreter of its own, before any settings."""
    code = """
import sys
import drf_cors, drf_cors.defaults, drf_cors.signals
loaded = [name for name in sys.modules if name.partition(".")[0] in ("rest_framework", "drf_spectacular")]
assert not loaded, loaded
from django.conf import settings
assert not settings.configured
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


PROJECT = """
import sys
import django
from django.conf import settings
from django.core.management import call_command
from django.http import HttpResponse
from django.urls import path

def orders(request):
    return HttpResponse()

urlpatterns = [path("orders/", orders)]
settings.configure(
    ALLOWED_HOSTS=["*"],
    CORS_ALLOWED_ORIGINS=["https://shop.example"],
    INSTALLED_APPS=["drf_cors"],
    MIDDLEWARE=["drf_cors.middleware.CorsMiddleware"],
    ROOT_URLCONF="__main__",
)
django.setup()

def assert_no_test_helpers(when):
    loaded = {"django.test", "unittest.mock", "drf_cors.testing"} & set(sys.modules)
    assert not loaded, (when, loaded)

import drf_cors.management.commands.cors
assert_no_test_helpers("imported")
"""


@named_rows(
    "arguments",
    {
        "list": ["list"],
        "explain": ["explain", "/orders/", "--origin", "https://shop.example", "--header", "X-Requested-With"],
        "lock": ["lock"],
    },
)
def test_the_command_loads_no_test_helpers(arguments, tmp_path):
    """Imports inside functions count too, so the command runs."""
    code = f"{PROJECT}\ncall_command('cors', *{arguments!r})\nassert_no_test_helpers('run')\n"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
