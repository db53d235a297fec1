// SPDX-License-Identifier: BSD-3-Clause
import htm from 'htm';
import {h} from 'preact';

export const html = htm.bind(h);
