// `tusk completion bash|zsh`: a script with the tables' words in it. Paths of the filesystem are asked for when they are completed.
#include <fmt/core.h>

#include "dfs/shell/command.h"
#include "tools/tusk/docs/docs_verbs.h"
#include "tools/tusk/docs/help_texts.h"
#include "tools/tusk/verbs.h"

namespace tusk::tools {
namespace {

constexpr std::string_view kPrograms[] = {"tusk", "hdfs", "hadoop", "yarn", "mapred"};

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string VerbsOf(std::string_view program) {
  std::vector<std::string> names;
  for (const Verb& verb : Verbs()) {
    if (!verb.summary.empty() && FindVerb(program, verb.name) == &verb) names.emplace_back(verb.name);
  }
  return Joined(names);
}

std::string ShellCommands() {
  std::vector<std::string> names;
  for (const auto& verb : dfs::Verbs()) names.push_back("-" + verb.info.name);
  names.emplace_back("-help");
  names.emplace_back("-usage");
  return Joined(names);
}

// The functions that answer from the tables; the same text is good for bash and zsh.
std::string Tables(const std::map<std::string, HelpText>& help) {
  std::string text = "_tusk_verbs() {\n  case $1 in\n";
  for (std::string_view program : kPrograms) text += fmt::format("    {}) echo '{}' ;;\n", program, VerbsOf(program));
  text += "  esac\n}\n_tusk_options() {\n  case $1 in\n";
  for (const auto& [verb, said] : help) {
    if (verb == "dfs" || verb == "fs" || (said.options.empty() && said.words.empty())) continue;
    text += fmt::format("    {}) echo '{}' ;;\n", verb, Joined(said.options));
  }
  text += "  esac\n}\n_tusk_words() {\n  case $1 in\n";
  for (const auto& [verb, said] : help) {
    if (!said.words.empty()) text += fmt::format("    {}) echo '{}' ;;\n", verb, Joined(said.words));
  }
  text += "    completion) echo 'bash zsh' ;;\n  esac\n}\n_tusk_commands() { echo '" + ShellCommands() + "'; }\n";
  text += "_tusk_flags() {\n  case $1 in\n";
  for (const auto& verb : dfs::Verbs()) {
    const auto options = OptionsIn(verb.info.usage);
    if (!options.empty()) text += fmt::format("    -{}) echo '{}' ;;\n", verb.info.name, Joined(options));
  }
  return text + "  esac\n}\n" +
         "# Names in a folder of the filesystem, those of folders with a slash.\n"
         "_tusk_paths() {\n"
         "  local folder=${1%\"${1##*/}\"} mode name rest IFS=$' \\t\\n'\n"
         "  command timeout 10 tusk dfs -ls \"${folder:-.}\" 2>/dev/null | while read -r mode rest rest rest rest rest rest name; do\n"
         "    case $mode in\n"
         "      d*) echo \"$name/\" ;;\n"
         "      -*) echo \"$name\" ;;\n"
         "    esac\n"
         "  done\n"
         "}\n";
}

constexpr std::string_view kBash = R"SH(_tusk() {
  local cur=${COMP_WORDS[COMP_CWORD]} program=${COMP_WORDS[0]##*/} verb='' command='' i
  for ((i = 1; i < COMP_CWORD; ++i)); do
    if [[ ${COMP_WORDS[i]} == --config ]]; then ((++i)); continue; fi
    if [[ -z $verb ]]; then verb=${COMP_WORDS[i]}
    elif [[ -z $command && ${COMP_WORDS[i]} == -* ]]; then command=${COMP_WORDS[i]}; fi
  done
  COMPREPLY=()
  if [[ -z $verb ]]; then
    COMPREPLY=($(compgen -W "$(_tusk_verbs "$program") help version --config" -- "$cur"))
  elif [[ $verb == dfs || $verb == fs ]]; then
    if [[ -z $command ]]; then COMPREPLY=($(compgen -W "$(_tusk_commands)" -- "$cur"))
    elif [[ $command == -help || $command == -usage ]]; then
      local all; all=$(_tusk_commands); COMPREPLY=($(compgen -W "${all//-/}" -- "$cur"))
    elif [[ $cur == -* ]]; then COMPREPLY=($(compgen -W "$(_tusk_flags "$command")" -- "$cur"))
    else
      local IFS=$'\n'
      case $command in
        # Their first path is one of this machine.
        -put | -copyFromLocal | -moveFromLocal | -appendToFile) [[ $cur == /* ]] || COMPREPLY=($(compgen -f -- "$cur")) ;;
      esac
      COMPREPLY+=($(compgen -W "$(_tusk_paths "$cur")" -- "$cur"))
      compopt -o nospace -o filenames 2>/dev/null
    fi
  elif [[ $verb == config && ${COMP_WORDS[COMP_CWORD-1]} == explain ]]; then
    COMPREPLY=($(compgen -W "$(command tusk config list 2>/dev/null | while read -r key _; do echo "$key"; done)" -- "$cur"))
  elif [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$(_tusk_options "$verb")" -- "$cur"))
  elif [[ ${COMP_WORDS[COMP_CWORD-1]} == "$verb" ]]; then
    COMPREPLY=($(compgen -W "$(_tusk_words "$verb")" -- "$cur") $(compgen -f -- "$cur"))
  fi
}
complete -o default -F _tusk tusk hdfs hadoop yarn mapred
)SH";

constexpr std::string_view kZsh = R"SH(_tusk() {
  local program=${words[1]:t} verb='' chosen='' i
  for ((i = 2; i < CURRENT; ++i)); do
    if [[ $words[i] == --config ]]; then ((++i)); continue; fi
    if [[ -z $verb ]]; then verb=$words[i]
    elif [[ -z $chosen && $words[i] == -* ]]; then chosen=$words[i]; fi
  done
  local current=$words[CURRENT]
  if [[ -z $verb ]]; then compadd -- ${=$(_tusk_verbs $program)} help version --config
  elif [[ $verb == dfs || $verb == fs ]]; then
    if [[ -z $chosen ]]; then compadd -- ${=$(_tusk_commands)}
    elif [[ $current == -* ]]; then compadd -- ${=$(_tusk_flags $chosen)}
    else
      compadd -S '' -- ${(f)"$(_tusk_paths $current)"}
      case $chosen in -put | -copyFromLocal | -moveFromLocal | -appendToFile) _files ;; esac
    fi
  elif [[ $verb == config && $words[CURRENT-1] == explain ]]; then compadd -- ${${(f)"$(command tusk config list 2>/dev/null)"}%% *}
  elif [[ $current == -* ]]; then compadd -- ${=$(_tusk_options $verb)}
  else
    [[ $words[CURRENT-1] == $verb ]] && compadd -- ${=$(_tusk_words $verb)}
    _files
  fi
}
if [[ $funcstack[1] == _tusk ]]; then _tusk "$@"; else compdef _tusk tusk hdfs hadoop yarn mapred; fi
)SH";

}  // namespace

int RunCompletion(CliContext& context, std::vector<std::string> args) {
  const bool bash = args.size() == 1 && args[0] == "bash";
  if (!bash && !(args.size() == 1 && args[0] == "zsh")) {
    std::fputs("Usage: tusk completion bash|zsh\n"
               "  bash:  source <(tusk completion bash), or into /usr/share/bash-completion/completions/tusk\n"
               "  zsh:   tusk completion zsh >FOLDER_OF_fpath/_tusk\n",
               context.err);
    return 2;
  }
  auto help = AskForHelp(context);
  if (!help.ok()) {
    std::fprintf(context.err, "tusk completion: %s\n", std::string(help.status().message()).c_str());
    return 1;
  }
  std::string script = bash ? "# Completion for bash, made by `tusk completion bash`.\n"
                            : "#compdef tusk hdfs hadoop yarn mapred\n# Completion for zsh, made by `tusk completion zsh`.\n";
  script += Tables(*help);
  script += bash ? kBash : kZsh;
  std::fputs(script.c_str(), context.out);
  return 0;
}

}  // namespace tusk::tools
