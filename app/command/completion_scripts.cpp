// SPDX-License-Identifier: BSD-3-Clause
#include "app/command/completion.hpp"

namespace rr {

std::string_view bash_completion() noexcept {
  return R"script(# bash completion of robot-runtime; made by `robot-runtime completion bash`.
_robot_runtime() {
  local breaks="" typed="" joined="" glue="" behind line i
  local -a lines=()
  for i in = :; do
    [[ $COMP_WORDBREAKS == *"$i"* ]] && breaks+=$i
  done
  # readline parts words at = and :, which stand in options and devices.
  for ((i = 1; i <= COMP_CWORD; ++i)); do
    if [[ -n $breaks && ${COMP_WORDS[i]} == ["$breaks"] ]]; then
      glue=1
    elif [[ -z $glue && $i -gt 1 ]]; then
      joined+=$typed$'\n'
      typed=""
    else
      glue=""
    fi
    typed+=${COMP_WORDS[i]}
  done
  joined+=$typed
  # What stands before the part that readline replaces.
  behind=$typed
  [[ -n $breaks ]] && behind=${typed##*["$breaks"]}
  while IFS= read -r line; do
    lines+=("$line")
  done < <("$1" completion words "$joined" 2>/dev/null)
  COMPREPLY=()
  for line in "${lines[@]}"; do
    case $line in
      :files | :folders)
        compopt -o filenames 2>/dev/null
        typed=${typed#--*=}
        i=-f
        [[ $line == :folders ]] && i=-d
        while IFS= read -r line; do
          COMPREPLY+=("$line")
        done < <(compgen "$i" -- "$typed")
        return
        ;;
      *[=.]) compopt -o nospace 2>/dev/null ;;
    esac
    COMPREPLY+=("${line:${#typed}-${#behind}}")
  done
}
complete -F _robot_runtime robot-runtime
)script";
}

std::string_view zsh_completion() noexcept {
  return R"script(#compdef robot-runtime
# zsh completion of robot-runtime; made by `robot-runtime completion zsh`.
_robot-runtime() {
  local line
  local -a before lines whole begun
  before=("${(@)words[2,CURRENT-1]}" "$PREFIX")
  lines=("${(@f)$("$words[1]" completion words "${(pj:\n:)before}" 2>/dev/null)}")
  for line in ${lines:#}; do
    case $line in
      :files) compset -P '*='; _files; return ;;
      :folders) compset -P '*='; _files -/; return ;;
      *[=.]) begun+=("$line") ;;
      *) whole+=("$line") ;;
    esac
  done
  compadd -Q -a whole
  compadd -Q -S '' -a begun
}
if [[ $funcstack[1] == _robot-runtime ]]; then
  _robot-runtime "$@"
else
  compdef _robot-runtime robot-runtime
fi
)script";
}

} // namespace rr
