"""Reading a document by a JSON Schema."""

from __future__ import annotations

from supportpolicy.document.coercion import coerced
from supportpolicy.document.form import Form, JsonSchema
from supportpolicy.document.nodes import Document
from supportpolicy.document.refusals import Refusals
from supportpolicy.document.section import Section
from supportpolicy.document.validator import validator_class
from supportpolicy.errors import Place, Problem


def conform(part: Document | Section, schema: JsonSchema) -> tuple[Section, tuple[Problem, ...]]:
    """The part read by the schema, and all that is wrong with it, in the order of the file.

    Never raises for a mistake in the document: collect the problems of several steps and raise `DocumentError` with
    them. The section's data is only worth using where there are no problems. Paths and places are those of the whole
    document also for a section of it, which is read anew from its text.

    The schema is of Draft 2020-12. To decide what is a number we follow `type`, `const`, `enum`, `properties`,
    `patternProperties`, `additionalProperties`, `items`, `prefixItems`, `allOf`, `anyOf`, `oneOf` and `$ref`s within
    the schema; not `if`. Of `anyOf` and `oneOf` the alternative counts that fits best what stands there: by the types,
    then by keys with a `const` or `enum`, then by the keys that are known and required. The keyword of our own
    `"x-expected": "a duration such as 12h"` says in words what belongs at a value or, within `propertyNames`, as a key.
    """
    section = Section(part, (), part.root, None) if isinstance(part, Document) else part
    if not section.has():
        return section, (section.problem(message="the value is missing", expected=Form(schema).described(schema)),)
    form = Form(schema)
    section = Section(section.document, section.path, section.node, coerced(section.node, schema, form))
    errors = validator_class()(schema).iter_errors(section.data)
    problems = dict.fromkeys(Refusals(section, form).problems(errors))
    nowhere = Place(section.document.name)
    return section, tuple(sorted(problems, key=lambda problem: problem.place or nowhere))
