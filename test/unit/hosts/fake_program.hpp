// A script in the place of ssh or systemctl: it keeps the arguments and standard input of each call, and answers as it is told.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "test_support.hpp"

namespace test {

class FakeProgram {
 public:
  // `script` is run by sh after the call was kept, with the arguments of the call; "$kept/stdin" is what it was given.
  FakeProgram(const Scratch& scratch, const std::string& name, const std::string& script = "")
      : path_(scratch / (name + "/" + name)), calls_(scratch / (name + "-calls")) {
    std::filesystem::create_directories(calls_);
    write_file(path_, "#!/bin/sh\nset -e\ncalls='" + calls_ + "'\n" + R"(call=$(mktemp -d "$calls/running.XXXXXX")
cat > "$call/stdin"
for word do printf '%s\0' "$word"; done > "$call/argv"
n=1
until mkdir "$calls/$n" 2> /dev/null; do n=$((n + 1)); done
kept=$calls/$n
mv "$call/stdin" "$call/argv" "$kept/"
rmdir "$call"
set +e
)" + script + "\n");
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all);
  }

  const std::string& path() const { return path_; }
  // How many calls there were; they are counted from 1.
  std::size_t calls() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(calls_))
      count += entry.path().filename().string().find('.') == std::string::npos;
    return count;
  }
  std::vector<std::string> arguments(std::size_t call) const {
    std::vector<std::string> words;
    std::string text = read_file(calls_ + "/" + std::to_string(call) + "/argv");
    for (std::size_t end = text.find('\0'); end != std::string::npos; end = text.find('\0')) {
      words.push_back(text.substr(0, end));
      text.erase(0, end + 1);
    }
    return words;
  }
  // All calls with spaces between their words and a line for each.
  std::string text() const {
    std::string all;
    for (std::size_t call = 1; call <= calls(); ++call) {
      std::string line;
      for (const std::string& word : arguments(call)) line += (line.empty() ? "" : " ") + word;
      all += line + "\n";
    }
    return all;
  }
  std::string input(std::size_t call) const { return read_file(calls_ + "/" + std::to_string(call) + "/stdin"); }

 private:
  std::string path_, calls_;
};

}  // namespace test
