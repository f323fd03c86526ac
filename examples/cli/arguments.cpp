#include "arguments.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "document.hpp"

namespace cli {
namespace {

bool is_true(std::string_view text) {
  constexpr std::array<std::string_view, 6> words{"1", "t", "T", "true", "TRUE", "True"};
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool is_false(std::string_view text) {
  constexpr std::array<std::string_view, 6> words{"0", "f", "F", "false", "FALSE", "False"};
  return std::find(words.begin(), words.end(), text) != words.end();
}

}  // namespace

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += between;
    out += word;
  }
  return out;
}

Option flag(std::string name, std::string help, char letter) {
  Option option;
  option.name = std::move(name);
  option.letter = letter;
  option.fallback = "false";
  option.help = std::move(help);
  return option;
}

Option value(std::string name, std::string value_name, std::string help, Hint hint, char letter) {
  Option option;
  option.name = std::move(name);
  option.letter = letter;
  option.takes = Takes::value;
  option.value_name = std::move(value_name);
  option.fallback = "\"\"";
  option.help = std::move(help);
  option.hint = hint;
  return option;
}

Option repeatable(Option option) {
  option.repeatable = true;
  option.help += "; may be repeated";
  return option;
}

Option choice(std::string name, std::vector<std::string> choices, std::string fallback, std::string help) {
  Option option;
  option.name = std::move(name);
  option.takes = Takes::value;
  option.value_name = joined(choices, "|");
  option.fallback = std::move(fallback);
  option.help = std::move(help);
  option.choices = std::move(choices);
  return option;
}

std::size_t Arguments::parse(std::span<const Option> options, std::span<const std::string> words, bool until_positional) {
  std::size_t index = 0;
  while (index < words.size() && stop_.empty()) {
    const std::string& word = words[index];
    if (word == "--") {
      ++index;
      if (!until_positional) {
        positionals_.insert(positionals_.end(), words.begin() + static_cast<std::ptrdiff_t>(index), words.end());
        index = words.size();
      }
      break;
    }
    if (word.starts_with("--")) {
      if (!until_positional) in_full_.insert(word.substr(0, word.find('=')).substr(2));
      index = parse_long(options, words, index);
    } else if (word.size() > 1 && word[0] == '-') {
      index = parse_letters(options, words, index);
    } else if (until_positional) {
      break;
    } else {
      positionals_.push_back(word);
      ++index;
    }
  }
  return index;
}

std::size_t Arguments::parse_long(std::span<const Option> options, std::span<const std::string> words, std::size_t index) {
  const std::string_view word = std::string_view(words[index]).substr(2);
  const std::size_t equals = word.find('=');
  const std::string_view name = word.substr(0, equals);
  const auto option = std::find_if(options.begin(), options.end(), [&](const Option& o) { return o.name == name; });
  if (option == options.end()) throw UsageError("option provided but not defined: --" + std::string(name));
  if (equals != std::string_view::npos) {
    set(*option, std::string(word.substr(equals + 1)));
    return index + 1;
  }
  if (option->takes == Takes::nothing) {
    set(*option, "true");
    return index + 1;
  }
  if (option->takes == Takes::optional_value) {
    set(*option, "");
    return index + 1;
  }
  if (index + 1 == words.size()) throw UsageError("option needs an argument: --" + option->name);
  set(*option, words[index + 1]);
  return index + 2;
}

std::size_t Arguments::parse_letters(std::span<const Option> options, std::span<const std::string> words, std::size_t index) {
  const std::string& word = words[index];
  for (std::size_t at = 1; at < word.size() && stop_.empty(); ++at) {
    const char letter = word[at];
    const auto option = std::find_if(options.begin(), options.end(), [&](const Option& o) { return o.letter == letter && letter != 0; });
    if (option == options.end()) throw UsageError(std::string("option provided but not defined: -") + letter);
    if (option->takes == Takes::nothing) {
      set(*option, "true");
      continue;
    }
    if (at + 1 < word.size()) {
      set(*option, word.substr(word[at + 1] == '=' ? at + 2 : at + 1));
      return index + 1;
    }
    if (index + 1 == words.size()) throw UsageError(std::string("option needs an argument: -") + letter);
    set(*option, words[index + 1]);
    return index + 2;
  }
  return index + 1;
}

void Arguments::set(const Option& option, std::string value) {
  if (option.takes == Takes::nothing) {
    if (is_false(value)) {
      values_.erase(option.name);
      return;
    }
    if (!is_true(value)) throw UsageError("invalid boolean value " + quoted(value) + " for option --" + option.name);
    if (option.name == "help" || option.name == "description" || option.name == "version") stop_ = option.name;
  }
  if (!option.choices.empty() && std::find(option.choices.begin(), option.choices.end(), value) == option.choices.end()) {
    throw UsageError("invalid value " + quoted(value) + " for option --" + option.name + ": expected one of " +
                     joined(option.choices, ", "));
  }
  values_[option.name].push_back(std::move(value));
}

bool Arguments::has(std::string_view option) const { return values_.find(option) != values_.end(); }

bool Arguments::has_in_full(std::string_view option) const { return has(option) && in_full_.find(option) != in_full_.end(); }

std::string Arguments::get(std::string_view option) const { return get(option, ""); }

std::string Arguments::get(std::string_view option, std::string_view fallback) const {
  const auto found = values_.find(option);
  return found == values_.end() ? std::string(fallback) : found->second.back();
}

std::vector<std::string> Arguments::all(std::string_view option) const {
  const auto found = values_.find(option);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

std::string quoted_list(std::span<const std::string> words) {
  std::string out = "[";
  for (const std::string& word : words) {
    if (out.size() > 1) out += ' ';
    out += quoted(word);
  }
  return out + "]";
}

}  // namespace cli
