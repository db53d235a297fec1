// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/caf_options.hpp"
#include "app/config_file.hpp"
#include "app/option_table.hpp"
#include "app/options.hpp"
#include "app/process_section.hpp"

namespace rr {

/// Makes `options` of what the four sources say, the weakest first, so that
/// each overwrites the one before. A value that is wrong is told and ignored.
class options_reader {
public:
  options_reader(const std::vector<std::string>& arguments,
                 const options::environment& env);

  options read();

private:
  /// An argument of the form `--name=value`.
  struct assignment {
    std::string name;
    std::string value;
  };

  // -- one step each, in this order -------------------------------------------

  void take_arguments();
  void take_defaults();
  void read_file();
  void read_environment();
  void read_command_line();
  void settle();

  // -- the file ---------------------------------------------------------------

  void take_sections(const config_file& file);
  void take_entry(const config_entry& entry);
  bool is_section(std::string_view name) const;
  std::string unknown_section(std::string_view name) const;

  // -- the command line -------------------------------------------------------

  void take_process_argument(const assignment& x);
  void take_argument(const assignment& x);

  // -- values -----------------------------------------------------------------

  using value_or_error = caf::expected<caf::config_value>;

  void put(const option_row& row, value_or_error value, config_place at);
  void put_caf(std::string_view group, std::string_view key,
               value_or_error value, config_place at);
  void put_process(process_section& section, const option_row& row,
                   value_or_error value, config_place at);
  process_section& process(std::string_view name, config_place at);
  std::string unknown_key(std::string_view group, std::string_view key) const;

  void settle_directories();
  void settle_addresses();

  const std::vector<std::string>& arguments_;
  const options::environment& env_;
  std::vector<assignment> assignments_;
  /// As it was given.
  std::string file_name_;
  /// Where each option that is no default was given, by `group.key`.
  std::map<std::string, config_place> places_;
  std::vector<process_section> processes_;
  std::map<std::string, size_t, std::less<>> process_index_;
  caf_options caf_;
  problem_list problems_;
  options result_;
};

/// What `application.state-directory` and `application.runtime-directory` are
/// when they are empty.
struct default_directories {
  std::string state;
  std::string runtime;

  /// @param is_root whether the runtime runs as the user root.
  static default_directories of(const options::environment& env, bool is_root,
                                unsigned user_id);
};

} // namespace rr
