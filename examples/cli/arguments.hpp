// Command line arguments by the rules that Juju's own commands follow (gnuflag): options before, between and after the other
// arguments, `--x=v` or `--x v`, letters that may be joined, `--` ends the options.
#pragma once

#include <map>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

// The command line makes no sense: exit code 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class Takes { nothing, value, optional_value };
// What a shell can offer as the value.
enum class Hint { none, file, directory };

struct Option {
  std::string name;  // without dashes
  char letter = 0;
  Takes takes = Takes::nothing;
  std::string value_name;
  std::string fallback;  // what holds if it is not given, for the help
  std::string help;
  std::vector<std::string> choices;  // if not empty, no other value is taken
  Hint hint = Hint::none;
  bool repeatable = false;
};

Option flag(std::string name, std::string help, char letter = 0);
Option value(std::string name, std::string value_name, std::string help, Hint hint = Hint::none, char letter = 0);
// Its help says so as well.
Option repeatable(Option option);
Option choice(std::string name, std::vector<std::string> choices, std::string fallback, std::string help);

std::string joined(const std::vector<std::string>& words, std::string_view between);

class Arguments {
 public:
  // Reads all of `words`, or, with `until_positional`, up to the first that is no option. Stops behind --help, --description and
  // --version, as what follows no longer matters. Returns how many words were read. May be called again for more words.
  std::size_t parse(std::span<const Option> options, std::span<const std::string> words, bool until_positional = false);

  bool has(std::string_view option) const;
  // The last value given; "" if none.
  std::string get(std::string_view option) const;
  std::string get(std::string_view option, std::string_view fallback) const;
  // Whether it was written in full (--quiet, not -q) behind the command's name, where some of Juju's commands look for it.
  bool has_in_full(std::string_view option) const;
  // Every value, in order.
  std::vector<std::string> all(std::string_view option) const;
  const std::vector<std::string>& positionals() const noexcept { return positionals_; }
  // "help", "description" or "version" if one of them was met.
  const std::string& stop() const noexcept { return stop_; }

 private:
  std::size_t parse_long(std::span<const Option> options, std::span<const std::string> words, std::size_t index);
  std::size_t parse_letters(std::span<const Option> options, std::span<const std::string> words, std::size_t index);
  void set(const Option& option, std::string value);

  std::map<std::string, std::vector<std::string>, std::less<>> values_;
  std::set<std::string, std::less<>> in_full_;
  std::vector<std::string> positionals_;
  std::string stop_;
};

// `["a" "b"]`: a list as Juju's messages show it.
std::string quoted_list(std::span<const std::string> words);

}  // namespace cli
