/** How devices are spoken of. */

import { day, t } from '../../shared/texts.js';

const inTokyo = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Asia/Tokyo',
  dateStyle: 'short',
  timeStyle: 'short',
});

/** A moment in milliseconds: 2026年12月1日（火）18:00. */
export function moment(milliseconds) {
  const [date, time] = inTokyo.format(milliseconds).split(' ');
  return t('devices.moment', { day: day(date), time });
}

/** What a client calls the device that it is on. */
export function named(name) {
  return name || t('devices.nameless');
}
