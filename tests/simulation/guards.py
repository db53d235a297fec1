#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Removes guards of actors and the root, one at a time, and shows that the
simulation finds each.

usage: guards.py BUILD [--write] [--schedules=N] [--only=TEXT]
                 [--source=FOLDER] [--link=COMMAND]
       guards.py --match [--source=FOLDER]

Nothing in the tree is touched: each file that has guards is compiled from a
copy in which a variable of the environment removes one of them, with the flags
that BUILD has for it, and linked with what the simulation is made of. The first
seed that fails is compared with the one in guards.json, or written there. With
--match it only says whether each guard is in the sources, once.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from guard_list import GUARDS

HERE = pathlib.Path(__file__).resolve().parent
TABLE = HERE / 'guards.json'
VARIABLE = 'RR_REMOVED_GUARD'
SWITCH = f'''#include <cstdlib>
int rr_removed_guard = std::getenv("{VARIABLE}")
                         ? std::atoi(std::getenv("{VARIABLE}")) : 0;
'''


def mutated(source, path):
    """The text of a file whose guards can be removed."""
    text = (source / path).read_text(encoding='utf-8')
    for number, guard in enumerate(GUARDS, 1):
        if guard.path != path:
            continue
        before, own, after = guard.parts()
        if text.count(before + own + after) != 1:
            sys.exit(f'{guard.name}: its text is not once in {path}')
        removed = f'::rr_removed_guard == {number}'
        if guard.is_condition:
            new = f'({removed} ? ({guard.without}) : bool({own}))'
        else:
            new = f'if ({removed}) {{ {guard.without} }} else {{ {own} }}'
        text = text.replace(before + own + after, before + new + after)
    return 'extern int rr_removed_guard;\n' + text


class Builder:
    def __init__(self, build, source, folder):
        self.build = build
        self.source = source
        self.folder = folder
        commands = (build / 'compile_commands.json').read_text()
        self.commands = json.loads(commands)
        cache = (build / 'CMakeCache.txt').read_text()
        self.home = re.search(r'CMAKE_HOME_DIRECTORY:INTERNAL=(.*)', cache)[1]

    def command_for(self, path):
        """How it is compiled, and what: by itself or with others."""
        whole = f'{self.home}/{path}'
        for each in self.commands:
            if each['file'] == whole:
                return each, f'#include "{whole}"\n'
            if 'Unity' in each['file'] and '/c/' not in each['file']:
                text = pathlib.Path(each['file']).read_text()
                if f'"{whole}"' in text:
                    return each, text
        sys.exit(f'nothing compiles {path}')

    def units(self, paths):
        """What is compiled anew: a text, and a command, by its object."""
        result = {}
        for path in paths:
            command, text = self.command_for(path)
            name = re.sub(r'\W', '_', command['file']) + '.cpp'
            known = result.get(name, (None, text))[1]
            copy = self.folder / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(mutated(self.source, path))
            known = known.replace(f'"{self.home}/{path}"', f'"{copy}"')
            result[name] = (command, known)
        return result

    def compile(self, paths):
        objects = []
        for name, (command, text) in self.units(paths).items():
            made = self.folder / name
            text = re.sub(rf'"{self.home}/(?!build)', f'"{self.source}/', text)
            made.write_text(text)
            words = command['command'].split()
            words = [x for x in words if x not in ('-Werror', '-Winvalid-pch')]
            for flag, count in (('-include', 2), ('-o', 2), ('-c', 2)):
                if flag in words:
                    at = words.index(flag)
                    del words[at:at + count]
            words = [f'-I{self.source}' if x == f'-I{self.home}' else x
                     for x in words if not re.match(r'-O\d', x)]
            # It is not to be fast.
            words += ['-O0', '-w', '-o', f'{made}.o', '-c', str(made)]
            print('compiling', name, flush=True)
            subprocess.run(words, check=True, cwd=command['directory'])
            objects.append(f'{made}.o')
        switch = self.folder / 'switch.cpp'
        switch.write_text(SWITCH)
        subprocess.run(['c++', '-c', str(switch), '-o', f'{switch}.o'],
                       check=True)
        return objects + [f'{switch}.o']

    def link(self, objects, command):
        target = self.folder / 'simulation'
        if not command:
            lines = subprocess.run(
                ['ninja', '-C', str(self.build), '-t', 'commands',
                 'robot-runtime-simulation'], check=True, text=True,
                stdout=subprocess.PIPE).stdout.splitlines()
            command = lines[-1].replace(' -o bin/robot-runtime-simulation',
                                        ' -o {target} {objects}')
        command = command.replace('{target}', str(target))
        command = command.replace('{objects}', ' '.join(objects))
        subprocess.run(command, check=True, shell=True, cwd=self.build)
        return target


def first_failure(program, number, schedules):
    """The seed that finds a guard's absence, and the promise."""
    done = subprocess.run(
        [program, '--no-shrink', f'--schedules={schedules}'], text=True,
        stdout=subprocess.PIPE, check=False, timeout=1200,
        env={**os.environ, VARIABLE: str(number)})
    found = re.search(r'^seed (\d+): broken: ([^(]*) \(', done.stdout, re.M)
    if found:
        return {'seed': int(found[1]), 'broken': found[2]}
    return {'seed': None, 'broken': f'ends with {done.returncode}'}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('build', type=pathlib.Path, nargs='?')
    parser.add_argument('--match', action='store_true')
    parser.add_argument('--write', action='store_true')
    parser.add_argument('--schedules', type=int, default=5000)
    parser.add_argument('--only', default='')
    parser.add_argument('--source', type=pathlib.Path, default=HERE.parents[1])
    parser.add_argument('--link', default='')
    opts = parser.parse_args()
    paths = sorted({x.path for x in GUARDS})
    if opts.match:
        for path in paths:
            mutated(opts.source, path)
        print(f'{len(GUARDS)} guards')
        return
    if not opts.build:
        parser.error('where is the build?')
    table = json.loads(TABLE.read_text()) if TABLE.exists() else {}
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        builder = Builder(opts.build.resolve(), opts.source.resolve(),
                          pathlib.Path(folder))
        program = builder.link(builder.compile(paths), opts.link)
        for number, guard in [(0, None), *enumerate(GUARDS, 1)]:
            name = guard.name if guard else 'none'
            if opts.only not in name:
                continue
            now = first_failure(program, number, opts.schedules)
            print(f'{name}: seed {now["seed"]}, {now["broken"]}', flush=True)
            as_it_was = table.get(name) == {'file': guard.path, **now} \
                if guard else now['seed'] is None
            if not as_it_was or (guard and not now['seed']):
                failed.append(name)
            if guard:
                table[name] = {'file': guard.path, **now}
    if opts.write:
        TABLE.write_text(json.dumps(table, indent=2) + '\n')
        failed = [x for x in failed if not table.get(x, {}).get('seed')]
    if failed:
        sys.exit('not found, or by another seed: ' + ', '.join(failed))


if __name__ == '__main__':
    main()
