// HelpTexts: what each verb answers to -help, and the options and words that stand in it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/cli/cli_context.h"
#include "base/core/result.h"

namespace tusk::tools {

struct HelpText {
  std::string text;                  // as printed; "" where the verb has none
  std::vector<std::string> options;  // "-list", "--json", in order of their first place
  std::vector<std::string> words;    // words after the verb: "explain", "train"
};

// Of every verb of the table, by name. Each is asked as a process of its own, so that no verb can do harm.
Result<std::map<std::string, HelpText>> AskForHelp(CliContext& context);

// "-a, --long and -D key=value" -> "-a", "--long", "-D". Pure.
std::vector<std::string> OptionsIn(const std::string& text);
// The words that may follow `verb`: first words of indented lines with an explanation behind, and those of usage lines. Pure.
std::vector<std::string> WordsIn(const std::string& verb, const std::string& text);

}  // namespace tusk::tools
